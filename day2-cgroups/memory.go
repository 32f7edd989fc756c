//go:build linux

package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/shell"
)

// slack is what a group may be over its limit, in bytes: the kernel lets a
// process that it is killing take a few pages more, so that it can exit.
const slack = 1 << 20

// limitByHand is what one does in a shell: make a directory, write a PID,
// write a number. The names differ between v1 and v2, the moves do not.
func (d *day2) limitByHand(sh *shell.Shell) {
	memory, err := cgroup.Find("memory")
	sh.Must(err)
	file := memory.Version.Names()

	if memory.Version == cgroup.V2 {
		enabled := sh.Cat(filepath.Join(memory.Top(), file.Enable))
		if !slices.Contains(strings.Fields(enabled), "memory") {
			sh.Write(filepath.Join(memory.Top(), file.Enable), "+memory")
		}
	}
	group := sh.FreeGroup(memory.Top(), d.name)
	sh.Mkdir(group)
	sh.Ls(group)
	back := sh.Dir()
	sh.Cd(group)

	load := d.loadCommand(sh)
	waiting := sh.Start("sh", "-c", "kill -STOP $$; exec "+shell.Line(load[0], load[1:]...))
	sh.AwaitStopped(waiting)
	sh.Write(file.Join, waiting.PID)
	sh.Write(file.MemoryLimit, d.written())
	if sh.Exists(file.SwapLimit) {
		sh.Write(file.SwapLimit, d.swapLimit(memory.Version))
	}

	inside := sh.Cat(file.Join)
	sh.Prove("pid-is-inside", inside == strconv.Itoa(waiting.PID), "%s: %s", file.Join, inside)
	limit, err := strconv.ParseInt(sh.Cat(file.MemoryLimit), 10, 64)
	sh.Must(err)
	sh.Prove("limit-is-set", limit > 0 && limit <= d.limit, "%s: %d", file.MemoryLimit, limit)

	guess := sh.Ask("over-the-limit")
	sh.Kill(syscall.SIGCONT, waiting)
	readings := watch(sh, file.MemoryUsage, limit, waiting.Ended)
	sh.Wait(waiting)

	kills := sh.Grep("oom_kill ", file.OOM)
	choice := 1 // it has ended, and so does not wait
	if len(kills) == 1 && kills[0] != "oom_kill 0" {
		choice = 3
	}
	guess.IsChoice(choice, "%s", strings.Join(kills, " "))
	sh.Prove("load-was-killed", len(kills) == 1 && kills[0] != "oom_kill 0", "%s: %s", file.OOM, strings.Join(kills, " "))
	most := slices.Max(readings)
	if sh.Exists(file.MemoryPeak) {
		most, err = strconv.ParseInt(sh.Cat(file.MemoryPeak), 10, 64)
		sh.Must(err)
	}
	sh.Prove("limit-held", most <= limit+slack, "%d / %d", most, limit)

	sh.Cd(back)
	sh.Rmdir(group)
}

// swapLimit keeps the load from hiding in swap: v1 limits memory and swap
// together, v2 swap alone.
func (d *day2) swapLimit(v cgroup.Version) string {
	if v == cgroup.V2 {
		return "0"
	}
	return d.written()
}
