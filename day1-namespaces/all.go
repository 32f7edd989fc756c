//go:build linux

package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"mydocker.example/shared/shell"
)

// everything is what a container is made of, so far.
const everything = syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID |
	syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWCGROUP | syscall.CLONE_NEWUSER

// allTogether starts a command in all of them, and measures each.
func (d *day1) allTogether(sh *shell.Shell) {
	outside := map[string]string{}
	for _, kind := range kinds {
		outside[kind.file] = sh.Readlink("/proc/self/ns/" + kind.file)
	}
	answer := inside(sh, everything, "mount -t proc proc /proc; hostname container; "+
		"for ns in user uts ipc pid mnt net cgroup; do readlink /proc/self/ns/$ns; done; "+
		"hostname; echo I am PID $$")
	shared := 0
	for _, inode := range outside {
		if strings.Contains(answer, inode) {
			shared++
		}
	}
	sh.Prove("nothing-shared", shared == 0, "/proc/self/ns: %d = %d", shared, len(outside))
	sh.Prove("like-a-container", strings.HasSuffix(answer, "container\nI am PID 1"), "%s",
		strings.Join(strings.Split(answer, "\n")[len(kinds):], ", "))

	d.compare(sh)
}

// compare shows what each namespace adds to the life of a child that does
// nothing. The rounds take turns, so that a machine that is slower for a moment is
// so for all of them, and the best counts: what is left below zero is noise.
func (d *day1) compare(sh *shell.Shell) {
	const none, rounds = 0, 10
	best := map[uintptr]time.Duration{}
	measure := func(flags uintptr) {
		if took := lifetime(sh, flags); best[flags] == 0 || took < best[flags] {
			best[flags] = took
		}
	}
	for range rounds {
		measure(none)
		for _, kind := range kinds {
			measure(kind.flag)
		}
		measure(everything)
	}
	added := func(flags uintptr) float64 { return max(milliseconds(best[flags]-best[none]), 0) }
	sh.Printf("%6.1f ms  in the namespaces that we are in", milliseconds(best[none]))
	for _, kind := range kinds {
		sh.Printf("%+6.1f ms  %s", added(kind.flag), strings.TrimSuffix(kind.option, " --fork"))
	}
	sh.Printf("%+6.1f ms  all of them", added(everything))
}

// lifetime returns how long a child lives that does nothing in new namespaces.
func lifetime(sh *shell.Shell, flags uintptr) time.Duration {
	begin := time.Now()
	cmd := exec.CommandContext(sh.Context(), "true")
	if flags != 0 { // else no user namespace either, for an ordinary user
		cmd.SysProcAttr = newNamespaces(flags)
	}
	if err := cmd.Run(); err != nil {
		sh.Must(fmt.Errorf("true: %w", err))
	}
	return time.Since(begin)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
