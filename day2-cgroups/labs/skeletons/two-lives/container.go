//go:build linux

// A command in namespaces of its own:
//
//	container run COMMAND [ARG...]
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
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

// run starts the command, waits for its end and returns its exit status.
func run(command []string) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
	}
	rootInside(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return notStarted(err)
	}
	cmd.Wait() // its error is the exit status
	return ended(cmd.ProcessState)
}

// rootInside lets an ordinary user make the other namespaces: in a user namespace
// in which they are root, user_namespaces(7).
func rootInside(attr *syscall.SysProcAttr) {
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = oneID(0, os.Geteuid())
		attr.GidMappings = oneID(0, os.Getegid())
	}
}

// oneID maps one ID outside to one inside.
func oneID(in, out int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: in, HostID: out, Size: 1}}
}

// notStarted returns the status for a command that could not be started.
func notStarted(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return complain(127, err)
	}
	return complain(126, err)
}

// ended returns the exit status of what has ended: for signal n it is 128+n.
func ended(state *os.ProcessState) int {
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// complain says what went wrong and returns the status that stands for it.
func complain(status int, err error) int {
	fmt.Fprintln(os.Stderr, "container:", err)
	return status
}
