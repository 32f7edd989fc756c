// It kills its parent, PID 1 and all else that it may.
package main

import (
	"os"
	"syscall"
)

func main() {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGSEGV} {
		for _, pid := range []int{os.Getppid(), 1, -1} {
			syscall.Kill(pid, signal)
		}
	}
	for pid := 1; pid < 1<<16; pid++ {
		if pid != os.Getpid() {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART) // of a PID namespace: it kills the first process
}
