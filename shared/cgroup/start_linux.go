package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// Start starts cmd as a member of the group: the child is never outside, not
// for one instruction, and nothing waits for the lock that a write to
// cgroup.procs takes.
//
// On v2 the kernel places it (clone3(2), CLONE_INTO_CGROUP). On v1 a child is
// born where its parent's *thread* is, so one thread of ours steps in, starts
// the child and steps out. A "0" written to tasks means the writing thread.
func (g *Group) Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return g.StartWith(cmd.SysProcAttr, cmd.Start)
}

// StartWith is Start for a process that os/exec does not start: start does, with
// attr.
func (g *Group) StartWith(attr *syscall.SysProcAttr, start func() error) error {
	var threads []groupDir
	for _, d := range g.dirs {
		if d.hierarchy.Version == V1 {
			threads = append(threads, d)
			continue
		}
		dir, err := os.Open(d.path)
		if err != nil {
			return Explain("open", d.path, err)
		}
		defer dir.Close()
		attr.UseCgroupFD, attr.CgroupFD = true, int(dir.Fd())
	}
	if len(threads) == 0 {
		return start()
	}
	return startFromInside(threads, start)
}

func startFromInside(dirs []groupDir, start func() error) (result error) {
	runtime.LockOSThread()
	defer func() {
		if result == nil { // else the thread may not be home: keep it
			runtime.UnlockOSThread()
		}
	}()

	for _, d := range dirs {
		home, err := d.hierarchy.Own()
		if err != nil {
			return err
		}
		if err := Write(filepath.Join(d.path, "tasks"), "0"); err != nil {
			return err
		}
		defer func() {
			err := Write(filepath.Join(home, "tasks"), "0")
			result = errors.Join(result, err)
		}()
	}
	return start()
}
