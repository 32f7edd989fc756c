//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

const queues = "/proc/sysvipc/msg"

// ipc makes a message queue on each side and looks for it on the other.
func (d *day1) ipc(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/ipc")
	ours := sh.Ipcmk()
	before := sh.Cat(queues)

	child := inBackground(sh, syscall.CLONE_NEWIPC,
		"readlink /proc/self/ns/ipc; cat "+queues+"; "+self()+" queue")
	sh.Prove("own-ipc", first(child.said) != outside, "%s, outside %s",
		first(child.said), outside)
	sh.Prove("ours-not-inside", hasQueue(before, ours) && !hasQueue(child.said, ours),
		"no queue with key %d", ours)
	sh.Prove("queue-inside", hasQueue(child.said, queueKey),
		"a queue with key %d", queueKey)

	now := sh.Cat(queues)
	sh.Prove("queue-not-outside", hasQueue(now, ours) && !hasQueue(now, queueKey),
		"no queue with key %d", queueKey)
	child.end()
	sh.TakeBack()
}

// hasQueue looks for a key in the table of queues: proc_sysvipc(5).
func hasQueue(table string, key int) bool {
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == fmt.Sprint(key) {
			return true
		}
	}
	return false
}

// queueKey is the key of the queue that is made inside.
const queueKey = 20480

// queue makes a System V message queue, shows the table, and removes the queue
// when its input ends: msgget(2), msgctl(2).
func queue() int {
	id, _, err := unix.Syscall(unix.SYS_MSGGET, queueKey, 0o600|unix.IPC_CREAT, 0)
	if err != 0 {
		fmt.Println("msgget:", err)
		return 1
	}
	defer unix.Syscall(unix.SYS_MSGCTL, id, unix.IPC_RMID, 0)
	table, _ := os.ReadFile(queues)
	fmt.Print(string(table))
	fmt.Println(waiting)
	io.Copy(io.Discard, os.Stdin)
	return 0
}
