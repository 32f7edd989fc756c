package ledger

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// queueExists reports whether there is a System V message queue with this key,
// in decimal: proc_sysvipc(5).
func queueExists(key string) bool {
	table, err := os.ReadFile("/proc/sysvipc/msg")
	return err == nil && slices.ContainsFunc(strings.Split(string(table), "\n"), func(line string) bool {
		fields := strings.Fields(line)
		return len(fields) > 0 && fields[0] == key
	})
}

// removeQueue removes the message queue with this key: msgctl(2).
func removeQueue(key string, report func(string)) error {
	number, err := strconv.Atoi(key)
	if err != nil {
		return err
	}
	id, _, errno := unix.Syscall(unix.SYS_MSGGET, uintptr(number), 0, 0)
	if errno == syscall.ENOENT {
		return nil
	}
	if errno == 0 {
		_, _, errno = unix.Syscall(unix.SYS_MSGCTL, id, unix.IPC_RMID, 0)
	}
	if errno != 0 && !errors.Is(errno, syscall.EIDRM) {
		return fmt.Errorf("ipcrm --queue-key %s: %w", key, errno)
	}
	report("ipcrm --queue-key " + key)
	return nil
}
