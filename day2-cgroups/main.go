//go:build linux

// Day 2: control groups. The chapter is README.md; this program is the same
// chapter, done.
package main

import (
	"embed"
	"os"
	"runtime"

	"mydocker.example/day2-cgroups/labs"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/lesson"
	"mydocker.example/shared/load"
)

// A namespace that unshare(2) makes is the calling thread's. So main stays on
// the program's first thread, the one that /proc/self shows.
func init() { runtime.LockOSThread() }

//go:embed README.md README.zh-CN.md
var text embed.FS

func main() {
	if len(os.Args) > 1 && os.Args[1] == "lab" {
		os.Exit(lab.Main(today(), os.Args[2:]))
	}
	// This program starts itself again, in other roles.
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "child":
			os.Exit(child(os.Args[2:]))
		case "naive-child":
			os.Exit(naiveChild(os.Args[2:]))
		case "load":
			os.Exit(load.Main(os.Args[2:]))
		}
	}

	var d day2
	lesson.Chapter{
		Name:   "day2-cgroups",
		Text:   text,
		Flags:  d.flags,
		Verify: d.verify,
		Steps: []lesson.Step{
			{ID: "concepts", Do: d.concepts},
			{ID: "mount-hierarchy", Do: d.mountHierarchy},
			{ID: "child-cgroup", Do: d.childCgroup, After: "mount-hierarchy"},
			{ID: "controllers", Do: d.controllers, After: "child-cgroup"},
			{ID: "limit-by-hand", Do: d.limitByHand},
			{ID: "reexec", Do: d.reexec},
			{ID: "naive", Do: d.naive},
			{ID: "born-inside", Do: d.bornInside},
			{ID: "undo", Do: d.undo, After: "child-cgroup"},
		},
		Checks: []func() host.Check{
			host.Linux, host.Proc, host.Kind, host.Cgroups, host.Controller("memory"), host.Groups("day2-cgroups", "memory"),
			host.Writable("memory"), host.Memory(d.needs), host.Swap, host.Stress, host.Temporary, host.Limits, ledger.Check,
		},
		Commands: []string{"lab"},
		Usage:    lab.Usage,
		Lab:      today().Next,
		Clean:    today().Clean,
		Next:     "day3-framework",
	}.Main()
}

// today are the day's labs.
func today() lab.Day { return lab.Day{Name: "day2-cgroups", Text: text, Labs: labs.All()} }
