//go:build linux

// Day 3: the framework. This program is mydocker, which runs a command in a
// container; without a sub-command it is the chapter that explains mydocker,
// README.md.
package main

import (
	"os"

	"mydocker.example/shared/load"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] { // but for init, the container's side: it is in init.go
		case "run":
			growStack()
			os.Exit(run(os.Args[2:]))
		case "rootfs":
			os.Exit(makeRootfs(os.Args[2:]))
		case "load":
			os.Exit(load.Main(os.Args[2:])) // something to limit
		}
	}
	chapter().Main()
}
