//go:build linux

// Day 1: namespaces. The chapter is README.md; this program is the same
// chapter, done: one file a namespace.
package main

import (
	"embed"
	"os"
	"runtime"

	"mydocker.example/day1-namespaces/labs"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/lesson"
)

// A namespace that unshare(2) makes is the calling thread's. So main stays on
// the program's first thread, the one that /proc/self shows.
func init() { runtime.LockOSThread() }

//go:embed README.md README.zh-CN.md
var text embed.FS

func main() {
	// What the demos can't do with sh alone, this program does inside.
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "queue":
			os.Exit(queue())
		case "loopback":
			os.Exit(loopback())
		case "tomorrow":
			os.Exit(tomorrow())
		case "propagation":
			if len(os.Args) == 4 {
				os.Exit(propagation(os.Args[2], os.Args[3]))
			}
		case "cover-proc":
			os.Exit(coverProc())
		case "lab":
			os.Exit(lab.Main(today(), os.Args[2:]))
		}
	}

	var d day1
	lesson.Chapter{
		Name:  "day1-namespaces",
		Text:  text,
		Flags: d.flags,
		Steps: []lesson.Step{
			{ID: "what-is-a-namespace", Do: d.whatIsANamespace},
			{ID: "uts", Do: d.uts},
			{ID: "ipc", Do: d.ipc},
			{ID: "pid", Do: d.pid},
			{ID: "mount", Do: d.mount},
			{ID: "broken-proc", Do: d.brokenProc},
			{ID: "user", Do: d.user},
			{ID: "net", Do: d.net},
			{ID: "cgroup", Do: d.cgroup},
			{ID: "time", Do: d.time},
			{ID: "all-together", Do: d.allTogether},
			{ID: "shell", Do: d.shell},
		},
		Checks:   []func() host.Check{host.Linux, host.Proc, host.Kind, host.Namespaces, host.Hostname, host.Temporary, host.Limits, ledger.Check},
		Commands: []string{"lab"},
		Usage:    lab.Usage,
		Lab:      today().Next,
		Clean:    today().Clean,
		Next:     "day2-cgroups",
	}.Main()
}

// today are the day's labs.
func today() lab.Day { return lab.Day{Name: "day1-namespaces", Text: text, Labs: labs.All()} }
