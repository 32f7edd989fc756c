//go:build linux

// Day 3: the framework. This program is mydocker, which runs a command in a
// container; without a sub-command it is the chapter that explains mydocker,
// README.md.
package main

import (
	"os"

	"mydocker.example/day3-framework/inside"
	"mydocker.example/day3-framework/judge"
	"mydocker.example/day3-framework/labs"
	"mydocker.example/day3-framework/outside"
	"mydocker.example/day3-framework/rootfs"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lesson"
	"mydocker.example/shared/load"
)

// The container's life begins before main does: capabilities and no_new_privs
// are a thread's own, and init functions all run on the program's first one.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "init" {
		os.Exit(inside.Main())
	}
}

func main() {
	host.Runs("day3-framework")
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "run":
			os.Exit(outside.Run(os.Args[2:]))
		case "rootfs":
			os.Exit(rootfs.Main(os.Args[2:]))
		case "lab":
			os.Exit(lab.Main(today(), os.Args[2:]))
		case "judge":
			os.Exit(judge.Main(os.Args[2:]))
		case "load":
			os.Exit(load.Main(os.Args[2:])) // something to limit
		}
		if outside.Instead(os.Args[1]) {
			os.Exit(lesson.Usage)
		}
	}
	chapter().Main()
}

// today are the day's labs.
func today() lab.Day { return lab.Day{Name: "day3-framework", Text: text, Labs: labs.All()} }
