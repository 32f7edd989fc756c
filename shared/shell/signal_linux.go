package shell

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// signalName returns "CONT" for SIGCONT, as kill(1) takes it.
func signalName(signal syscall.Signal) string {
	return strings.TrimPrefix(unix.SignalName(signal), "SIG")
}
