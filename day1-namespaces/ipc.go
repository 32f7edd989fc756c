//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
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
		"readlink /proc/self/ns/ipc; cat "+queues+"; "+self(sh)+" queue")
	proveAnother(sh, "own-ipc", first(child.said), outside)
	its := keys(child.said)
	sh.Prove("ours-not-inside", slices.Contains(keys(before), ours) && !slices.Contains(its, ours), "%d ∉ %d", ours, its)
	sh.Prove("queue-inside", slices.Contains(its, queueKey), "%d ∈ %d", queueKey, its)

	now := keys(sh.Cat(queues))
	sh.Prove("queue-not-outside", slices.Contains(now, ours) && !slices.Contains(now, queueKey), "%d ∉ %d", queueKey, now)
	child.end()
	sh.TakeBack()
}

// keys lists the keys in a table of queues, its first column: proc_sysvipc(5).
func keys(table string) []int {
	var list []int
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if key, err := strconv.Atoi(fields[0]); err == nil { // else it is the heading
			list = append(list, key)
		}
	}
	return list
}

// queueKey is the key of the queue that is made inside. Ipcmk's are larger.
const queueKey = 5_000_000

// queue makes a System V message queue, shows the table, and removes the queue
// when its input ends: msgget(2), msgctl(2).
func queue() int {
	id, _, err := unix.Syscall(unix.SYS_MSGGET, queueKey, 0o600|unix.IPC_CREAT|unix.IPC_EXCL, 0)
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
