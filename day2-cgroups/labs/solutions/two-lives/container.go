//go:build linux

// A container, one program with two lives. The first one, outside, makes
// namespaces and starts this very program again in them. The second one, inside,
// builds the walls around itself and becomes the command.
//
//	container run [--hostname NAME] COMMAND [ARG...]
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// A config is a container as the command line asks for it.
type config struct {
	Hostname string
	Command  []string
}

func main() {
	if len(os.Args) > 3 && os.Args[1] == "init" {
		os.Exit(inside(config{Hostname: os.Args[2], Command: os.Args[3:]}))
	}
	var c config
	flags := flag.NewFlagSet("container run", flag.ContinueOnError)
	flags.StringVar(&c.Hostname, "hostname", "container", "its host `NAME`")
	if len(os.Args) < 2 || os.Args[1] != "run" ||
		flags.Parse(os.Args[2:]) != nil || flags.NArg() == 0 {
		usage := errors.New("usage: container run [flags] COMMAND [ARG...]")
		os.Exit(complain(125, usage))
	}
	c.Command = flags.Args()
	os.Exit(outside(c))
}

// outside is the first life: it starts the second one and waits for its end.
func outside(c config) int {
	args := append([]string{"init", c.Hostname}, c.Command...)
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
	}
	rootInside(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return complain(125, err)
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

// inside is the second life, PID 1 of the container. It has nothing to take back:
// what it makes goes with its namespaces.
func inside(c config) int {
	must("set the host name", syscall.Sethostname([]byte(c.Hostname)))
	path, err := exec.LookPath(c.Command[0])
	if err == nil {
		err = syscall.Exec(path, c.Command, os.Environ())
	}
	return notStarted(err)
}

// must ends the second life where a step of it failed.
func must(what string, err error) {
	if err != nil {
		os.Exit(complain(125, fmt.Errorf("%s: %w", what, err)))
	}
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
