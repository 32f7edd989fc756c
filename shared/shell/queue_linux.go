package shell

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/ledger"
)

// Ipcmk makes a System V message queue, as ipcmk(1) does, with a random key and
// the mode 0644, and returns its key, which is larger than any PID.
func (sh *Shell) Ipcmk() (key int) {
	sh.Command("ipcmk --queue")
	entry := func() ledger.Entry { return ledger.Entry{Kind: ledger.Queue, Args: []string{strconv.Itoa(key)}} }
	for key == 0 || entry().Exists() { // then it is somebody's
		key = 1<<24 + rand.IntN(1<<30)
	}
	sh.record(ledger.Queue, entry().Args...)
	id, _, errno := unix.Syscall(unix.SYS_MSGGET, uintptr(key), unix.IPC_CREAT|unix.IPC_EXCL|0o644, 0)
	if errno != 0 {
		sh.Must(fmt.Errorf("msgget: %w", errno))
	}
	sh.Answer(fmt.Sprintf("Message queue id: %d", id))
	return key
}
