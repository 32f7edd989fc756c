//go:build linux

// Your container. Here it begins; each stage adds a few lines.
//
//	container run [flags] COMMAND [ARG...]
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	flags := flag.NewFlagSet("container run", flag.ContinueOnError)
	if len(os.Args) < 2 || os.Args[1] != "run" ||
		flags.Parse(os.Args[2:]) != nil || flags.NArg() == 0 {
		usage := errors.New("usage: container run [flags] COMMAND [ARG...]")
		os.Exit(complain(125, usage))
	}
	os.Exit(run(flags.Args()))
}

// run starts the command and returns its exit status.
func run(command []string) int {
	fmt.Println("container: I should start", command)
	return 0
}

// complain says what went wrong and returns the status that stands for it.
func complain(status int, err error) int {
	fmt.Fprintln(os.Stderr, "container:", err)
	return status
}
