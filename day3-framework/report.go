//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Init reports to its parent twice at most, a byte each time.
const (
	reportTerminal = 't' // with -t: here is the terminal's other end
	reportReady    = 'x' // all walls stand, the command is executed next
)

// reportSocket returns the parent's and init's end. It is a socket and no pipe
// because only a socket carries file descriptors, SCM_RIGHTS in unix(7).
func reportSocket() (parent, init *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	return os.NewFile(uintptr(pair[0]), "reports"), os.NewFile(uintptr(pair[1]), "reporter"), nil
}

// report sends a report, and a file descriptor unless that is negative.
func report(what byte, fd int) error {
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	if err := unix.Sendmsg(reportFD, []byte{what}, rights, nil, unix.MSG_NOSIGNAL); err != nil {
		return fmt.Errorf("report to the parent: %w", err)
	}
	return nil
}

// awaitTerminal waits for the terminal's master end. Where init fails before
// it has one, the error is io.EOF.
func (c *container) awaitTerminal() (*os.File, error) {
	what, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, nRights, _, _, err := unix.Recvmsg(int(c.reports.Fd()), what, rights, unix.MSG_CMSG_CLOEXEC)
	for errors.Is(err, unix.EINTR) {
		n, nRights, _, _, err = unix.Recvmsg(int(c.reports.Fd()), what, rights, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("receive the terminal: %w", err)
	}
	if n == 0 {
		return nil, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(rights[:nRights])
	if err != nil {
		return nil, fmt.Errorf("receive the terminal: %w", err)
	}
	if len(messages) != 1 {
		return nil, fmt.Errorf("receive the terminal: %d messages instead of one", len(messages))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, fmt.Errorf("receive the terminal: %w", err)
	}
	if len(fds) != 1 {
		return nil, fmt.Errorf("receive the terminal: %d files instead of one", len(fds))
	}
	return os.NewFile(uintptr(fds[0]), "terminal"), nil
}

// wasReady reports whether init, which has ended, got as far as the command.
func (c *container) wasReady() bool {
	what := make([]byte, 1)
	n, err := unix.Read(int(c.reports.Fd()), what)
	return err == nil && n == 1 && what[0] == reportReady
}
