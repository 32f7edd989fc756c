//go:build linux

package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/shell"
)

// bornInside starts a child that is in its group from its first instruction,
// and compares what the ways of placing a child cost.
func (d *day2) bornInside(sh *shell.Shell) {
	group := sh.NewGroup(d.name, "memory")
	dir, version := group.Dir("memory")
	sh.Must(group.Make())
	sh.Must(group.LimitMemory(d.limit))

	child := exec.Command("cat", "/proc/self/cgroup")
	var its strings.Builder
	child.Stdout = &its
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	sh.Must(group.Start(child))
	sh.Must(child.Wait())
	sh.Command("cat /proc/self/cgroup")
	sh.Answer(strings.TrimSpace(its.String()))
	sh.Prove("born-in-the-group", strings.Contains(its.String(), "/"+group.Name+"\n"), "cgroup %s: %s", version, dir)
	sh.Rmdir(dir)

	d.compare(sh)
}

// compare measures each way of placing a child that this machine has a
// hierarchy for, cold and warm.
func (d *day2) compare(sh *shell.Shell) {
	v1, v2 := hierarchies(sh)
	sh.Printf("cold ms  warm ms  how the child gets into its group (medians of %d)", starts)
	for _, way := range []struct {
		name      string
		hierarchy *cgroup.Hierarchy
		place     func(*cgroup.Group, *exec.Cmd) error
	}{
		{"v1: its PID into cgroup.procs, after the start", v1, startThenAdd},
		{"v1: 0 into tasks, by the thread that starts it", v1, (*cgroup.Group).Start},
		{"v2: its PID into cgroup.procs, after the start", v2, startThenAdd},
		{"v2: clone3 with CLONE_INTO_CGROUP", v2, (*cgroup.Group).Start},
	} {
		if way.hierarchy == nil {
			continue
		}
		group := way.hierarchy.Group(filepath.Base(sh.FreeGroup(way.hierarchy.Top(), d.name)))
		sh.Must(group.Make())
		cold := medianStart(sh, group, way.place, rest)
		warm := medianStart(sh, group, way.place, 0)
		sh.Must(group.Remove())
		sh.Printf("%7.1f  %7.1f  %s", cold, warm, way.name)
	}
}

// hierarchies returns the v1 memory hierarchy and the v2 one, nil where there
// is none. A hybrid machine has both.
func hierarchies(sh *shell.Shell) (v1, v2 *cgroup.Hierarchy) {
	all, err := cgroup.Mounted()
	sh.Must(err)
	for _, h := range all {
		if h.Version == cgroup.V2 {
			v2 = &h
		} else if h.Has("memory") {
			v1 = &h
		}
	}
	return v1, v2
}

func startThenAdd(group *cgroup.Group, cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	return group.Add(cmd.Process.Pid)
}

const starts = 5

// medianStart returns how long a child takes from its start to its end, in
// milliseconds, when it starts after a pause.
func medianStart(sh *shell.Shell, group *cgroup.Group, place func(*cgroup.Group, *exec.Cmd) error, pause time.Duration) float64 {
	var times []time.Duration
	for range starts {
		time.Sleep(pause)
		begin := time.Now()
		cmd := exec.CommandContext(sh.Context(), "cat") // which ends with its input
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		input, err := cmd.StdinPipe()
		sh.Must(err)
		sh.Must(place(group, cmd))
		input.Close()
		sh.Must(cmd.Wait())
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	return float64(times[starts/2].Microseconds()) / 1000
}
