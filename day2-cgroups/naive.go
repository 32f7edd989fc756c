//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"mydocker.example/shared/cgroup"
)

// This is the article's order: the child first, its group and limit afterwards.
// It looks right, and the limit does not hold.

// naiveStart starts the child and only then makes the group, moves the child
// into it and limits it to so many bytes.
func naiveStart(cmd *exec.Cmd, group *cgroup.Group, limit int64) error {
	cmd.SysProcAttr = rootInside(&syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	})
	// The child is running already …
	if err := cmd.Start(); err != nil {
		return err
	}
	// … while its group is being made …
	if err := group.Make(); err != nil {
		return err
	}
	// … while it is moved (on v1: one thread of it) …
	dir, version := group.Dir("memory")
	join := filepath.Join(dir, version.Names().Join)
	pid := strconv.Itoa(cmd.Process.Pid)
	if err := cgroup.Write(join, pid); err != nil {
		return err
	}
	// … and only now there is a limit.
	err := group.LimitMemory(limit)
	if errors.Is(err, syscall.EBUSY) {
		return nil // v1's answer where the load has more already
	}
	return err
}

// naiveChild begins its load at once. Unlike the article's child it returns
// afterwards, instead of going on as a parent.
func naiveChild(command []string) int {
	// The lesson keeps main on one thread, the article's program does not.
	runtime.UnlockOSThread()

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 127
	}
	return exitStatus(cmd.ProcessState)
}
