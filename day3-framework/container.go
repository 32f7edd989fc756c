//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// A container is the host's side of one that runs.
type container struct {
	pid      int                      // of its init, then the command, here
	pidfd    int                      // the same process, also when the PID has passed to another one: pidfd_open(2)
	ended    syscall.WaitStatus       // once it has
	config   *os.File                 // the pipe to init
	reports  *os.File                 // the socket from init
	terminal atomic.Pointer[terminal] // nil without -t
	narrator narrator
	lang     lang.Language
}

// kill ends the container: with PID 1 of a namespace every process in it dies,
// pid_namespaces(7).
func (c *container) kill() error {
	return errors.Join(c.signal(unix.SIGKILL), c.wait())
}

// signal sends the container's first process a signal. One that has ended needs
// none.
func (c *container) signal(number syscall.Signal) error {
	err := unix.PidfdSendSignal(c.pidfd, number, nil, 0)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal %d for the container: %w", number, err)
	}
	return nil
}

// wait waits until the container's first process has ended.
func (c *container) wait() error {
	for {
		_, err := syscall.Wait4(c.pid, &c.ended, 0, nil)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for the container: %w", err)
		}
	}
}

func (c *container) close() {
	c.config.Close()
	c.reports.Close()
	unix.Close(c.pidfd)
	c.detachTerminal()
}
