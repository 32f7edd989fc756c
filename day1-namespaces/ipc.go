//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// ipc makes a message queue on each side and looks for it on the other.
func (d *day1) ipc(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/ipc")
	before := sh.Cat("/proc/sysvipc/msg")

	answer := inside(sh, syscall.CLONE_NEWIPC, "readlink /proc/self/ns/ipc; "+
		"cat /proc/sysvipc/msg; "+self()+" queue; cat /proc/sysvipc/msg")
	sh.Prove("own-ipc", first(answer) != outside, "%s, outside %s",
		first(answer), outside)
	made := strings.Count(answer, fmt.Sprint(queueKey))
	sh.Prove("queue-inside", made == 1, "%d queue with key %d", made, queueKey)

	after := sh.Cat("/proc/sysvipc/msg")
	sh.Prove("queue-not-outside", after == before, "%d queues, as before",
		strings.Count(after, "\n"))
}

// queueKey is the key of the queue that is made inside. It goes with the
// namespace.
const queueKey = 20480

// queue makes a System V message queue: msgget(2).
func queue() int {
	_, _, err := unix.Syscall(unix.SYS_MSGGET, queueKey, 0o600|unix.IPC_CREAT, 0)
	if err != 0 {
		fmt.Fprintln(os.Stderr, "msgget:", err)
		return 1
	}
	return 0
}
