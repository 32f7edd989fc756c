//go:build !linux

package shell

import (
	"strconv"
	"syscall"
)

func signalName(signal syscall.Signal) string { return strconv.Itoa(int(signal)) }
