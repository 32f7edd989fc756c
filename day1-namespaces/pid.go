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
		"echo I am PID $$; echo "+waiting+"; sleep 60")
	proveAnother(sh, "own-pid", first(child.said), outside)

	ids := sh.Grep("NSpid:", fmt.Sprintf("/proc/%d/status", child.pid))
	sh.Prove("two-pids", last(child.said) == "I am PID 1" && len(ids) == 1 &&
		strings.HasSuffix(ids[0], fmt.Sprintf("\t%d\t1", child.pid)), "%s", strings.Join(ids, " "))
	child.end()

	d.lookAround(sh)
}

// lookAround counts the processes that a PID namespace sees in /proc, before
// and after it has a proc of its own.
func (d *day1) lookAround(sh *shell.Shell) {
	const count = "ls /proc | grep -c '^[0-9]'"
	answer := inside(sh, syscall.CLONE_NEWPID, count)
	hosts, err := strconv.Atoi(answer)
	sh.Must(err)
	sh.Prove("still-the-hosts", hosts > 3, "/proc: %d", hosts)

	answer = inside(sh, syscall.CLONE_NEWPID|syscall.CLONE_NEWNS,
		"mount -t proc proc /proc; "+count)
	own, err := strconv.Atoi(answer)
	sh.Must(err)
	sh.Prove("own-proc", own <= 3, "/proc: %d", own)
}
