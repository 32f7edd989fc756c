//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"mydocker.example/shared/cgroup"
)

// This is the article's program, done right. It has two lives: in the first it
// is the parent, which makes a limited group and starts itself again; in the
// second it is the child, in namespaces of its own, and starts the load.

// parent runs a command as the child of this program, in the group, with a limit
// of so many bytes. It tells what it does on out, and calls look when the child is
// in the group and has not begun its load. It returns the child's exit status.
func parent(ctx context.Context, group *cgroup.Group, limit int64, command []string,
	out io.Writer, look func(pid int)) (int, error) {
	if err := group.Make(); err != nil {
		return 0, err
	}
	if err := group.LimitMemory(limit); err != nil {
		return 0, err
	}

	fmt.Fprintf(out, "parent: I am PID %d and start /proc/self/exe\n", os.Getpid())
	cmd, gate, err := startChild(ctx, command, out)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "parent: my child is PID %d to me; it waits\n", cmd.Process.Pid)

	err = group.Add(cmd.Process.Pid)
	if err == nil {
		look(cmd.Process.Pid)
	} else {
		cmd.Process.Kill()
	}
	gate.Close() // the child may go on
	cmd.Wait()   // its error is the exit status, which we return
	fmt.Fprintf(out, "parent: my child ended with %v\n", cmd.ProcessState)
	return exitStatus(cmd.ProcessState), err
}

// startChild starts this very program again, as the child, in new UTS, PID and
// mount namespaces. The child waits until the gate is closed. Whoever calls it
// stays on one thread (runtime.LockOSThread, in shared/lesson): the child dies
// with that thread.
func startChild(ctx context.Context, command []string, out io.Writer) (
	cmd *exec.Cmd, gate io.Closer, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer read.Close()

	args := append([]string{"child"}, command...)
	cmd = exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.SysProcAttr = rootInside(&syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID,
		// Not among the Cloneflags: here, Go makes the mounts private too.
		Unshareflags: syscall.CLONE_NEWNS,
		// The kernel kills the child when the thread that started it ends.
		Pdeathsig: syscall.SIGKILL,
	})
	cmd.ExtraFiles = []*os.File{read} // the child's file descriptor 3
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	return cmd, write, nil
}

// rootInside adds for an ordinary user what lets them make the other namespaces:
// one in which they are root, user_namespaces(7). Root needs none.
func rootInside(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// child is the second life: main has run again, from its first line, in a new
// process, and found "child" among its arguments.
func child(command []string) int {
	fmt.Printf("child:  I am PID %d; os.Args is %q\n", os.Getpid(), os.Args[:2])
	io.Copy(io.Discard, os.NewFile(3, "gate")) // until the parent closes it

	fmt.Printf("child:  the gate is open, my load begins\n")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Printf("child:  %v\n", err)
		return 127
	}
	fmt.Printf("child:  my load ended with %v\n", cmd.ProcessState)
	return exitStatus(cmd.ProcessState)
}

// exitStatus returns a status as a shell has it: 128+n for signal n.
func exitStatus(ended *os.ProcessState) int {
	if status := ended.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return ended.ExitCode()
}
