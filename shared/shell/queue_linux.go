package shell

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/ledger"
)

// Ipcmk makes a System V message queue, as ipcmk(1) does, and returns its key.
// The key is this program's PID: another run's is another one.
func (sh *Shell) Ipcmk() (key int) {
	sh.Command("ipcmk --queue")
	key = os.Getpid()
	entry := ledger.Entry{Kind: ledger.Queue, Args: []string{strconv.Itoa(key)}}
	if entry.Exists() {
		sh.Must(fmt.Errorf("there is a message queue with key %d, and it is not ours", key))
	}
	sh.record(ledger.Queue, entry.Args...)
	id, _, errno := unix.Syscall(unix.SYS_MSGGET, uintptr(key), unix.IPC_CREAT|unix.IPC_EXCL|0o600, 0)
	if errno != 0 {
		sh.Must(fmt.Errorf("msgget: %w", errno))
	}
	sh.Answer(fmt.Sprintf("Message queue id: %d", id))
	return key
}
