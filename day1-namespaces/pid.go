//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/shell"
)

// pid starts a process that is number 1 inside and another number outside.
func (d *day1) pid(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/pid")
	child := inBackground(sh, syscall.CLONE_NEWPID, "readlink /proc/self/ns/pid; "+
		"echo I am PID $$; echo "+waiting+"; sleep 86400")
	proveAnother(sh, "own-pid", first(child.said), outside)

	ids := sh.Grep("NSpid:", fmt.Sprintf("/proc/%d/status", child.pid))
	sh.Prove("two-pids", last(child.said) == "I am PID 1" && len(ids) == 1 &&
		strings.HasSuffix(ids[0], fmt.Sprintf("\t%d\t1", child.pid)), "%s", strings.Join(ids, " "))
	child.end()

	d.lookAround(sh)
}

// lookAround shows what a PID namespace sees in /proc, before and after it has a
// proc of its own. How many processes that are says nothing: /proc may hide other
// users' (hidepid, proc(5)). That the old one has two numbers for the process that
// asks, and the new one only that of the inside, does.
func (d *day1) lookAround(sh *shell.Shell) {
	const count = "ls /proc | grep -c '^[0-9]'"
	const numbers = "; grep NSpid: /proc/self/status"
	guess := sh.Ask("how-many")
	answer := inside(sh, syscall.CLONE_NEWPID, count+numbers)
	guess.Is(first(answer))
	sh.Prove("still-the-hosts", len(strings.Fields(last(answer))) >= 3, "%s", last(answer))

	answer = inside(sh, syscall.CLONE_NEWPID|syscall.CLONE_NEWNS,
		"mount -t proc proc /proc; "+count+numbers)
	own, err := strconv.Atoi(first(answer))
	sh.Must(err)
	sh.Prove("own-proc", own <= 3 && len(strings.Fields(last(answer))) == 2, "/proc: %d; %s", own, last(answer))
}
