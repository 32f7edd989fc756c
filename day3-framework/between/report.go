//go:build linux

package between

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Init reports to its parent twice at most, a byte each time.
const (
	terminal = 't' // with -t: here is the terminal's other end
	ready    = 'x' // all walls stand, the command is executed next
)

// A Reports is the parent's end of the socket through which init reports.
type Reports struct{ socket *os.File }

// NewReports returns the parent's end and init's. It is a socket and no pipe
// because only a socket carries file descriptors, SCM_RIGHTS in unix(7).
func NewReports() (parent Reports, init *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return Reports{}, nil, fmt.Errorf("socketpair: %w", err)
	}
	return Reports{os.NewFile(uintptr(pair[0]), "reports")}, os.NewFile(uintptr(pair[1]), "reporter"), nil
}

// ReportTerminal sends the terminal's master end from init.
func ReportTerminal(master int) error { return report(terminal, unix.UnixRights(master)) }

// ReportReady says that the walls stand.
func ReportReady() error { return report(ready, nil) }

func report(what byte, rights []byte) error {
	if err := unix.Sendmsg(ReportFD, []byte{what}, rights, nil, unix.MSG_NOSIGNAL); err != nil {
		return fmt.Errorf("report to the parent: %w", err)
	}
	return nil
}

// Terminal waits for the terminal's master end. Where init fails before
// it has one, the error is io.EOF.
func (r Reports) Terminal() (*os.File, error) {
	what, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, nRights, _, _, err := unix.Recvmsg(int(r.socket.Fd()), what, rights, unix.MSG_CMSG_CLOEXEC)
	for errors.Is(err, unix.EINTR) {
		n, nRights, _, _, err = unix.Recvmsg(int(r.socket.Fd()), what, rights, unix.MSG_CMSG_CLOEXEC)
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

// Ready reports whether init, which has ended, got as far as the command.
func (r Reports) Ready() bool {
	what := make([]byte, 1)
	n, err := unix.Read(int(r.socket.Fd()), what)
	return err == nil && n == 1 && what[0] == ready
}

// Close closes the parent's end.
func (r Reports) Close() error { return r.socket.Close() }
