//go:build linux

package outside

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/lang"
)

// A container is what the host's side knows of a running container.
type container struct {
	pid      int                      // of its init, then the command, here
	process  *os.File                 // a pidfd: that process, whoever has the PID later, pidfd_open(2)
	ended    syscall.WaitStatus       // once it has
	config   *os.File                 // the pipe to init
	reports  between.Reports          // the socket from init
	terminal atomic.Pointer[terminal] // nil without -t
	mode     sync.Mutex               // held while our terminal's mode is changed

	startInput   func()          // begins to copy our input, where it is to be copied
	copies       []chan struct{} // of output; each is closed at its end
	incomplete   atomic.Bool     // not all of it could be copied
	unwritten    atomic.Bool     // it ends because its output can't be written
	unread       atomic.Bool     // nobody reads it any more
	over         atomic.Bool     // the container has ended
	withTerminal bool            // -t
	insisted     chan struct{}   // closed once somebody wants the end, whatever happens
	insist       func()          // closes it

	narrator between.Narrator
	lang     lang.Language
}

func newContainer(config *os.File, reports between.Reports, o options) *container {
	insisted := make(chan struct{})
	return &container{
		startInput: func() {}, withTerminal: o.config.Terminal, config: config, reports: reports, narrator: o.narrator, lang: o.config.Lang,
		insisted: insisted, insist: sync.OnceFunc(func() { close(insisted) }),
	}
}

// configure sends init its configuration: until then it waits.
func (c *container) configure(config between.Config) error {
	defer c.config.Close()
	if err := config.Send(c.config); err != nil {
		return err
	}
	c.narrator.Say("write the configuration into the pipe: %q", config.Command)
	return nil
}

// kill ends the container: with PID 1 of a namespace every process in it dies,
// pid_namespaces(7).
func (c *container) kill() error {
	return errors.Join(c.signal(unix.SIGKILL), c.wait())
}

// signal sends the container's first process a signal. One that has ended needs
// none.
func (c *container) signal(number syscall.Signal) error {
	conn, err := c.process.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = conn.Control(func(pidfd uintptr) { sent = unix.PidfdSendSignal(int(pidfd), number, nil, 0) })
	if sent != nil && !errors.Is(sent, unix.ESRCH) {
		return fmt.Errorf("signal %d for the container: %w", number, sent)
	}
	return err
}

// wait waits until the container's first process has ended and all of its output
// is out, and gives our terminal back.
func (c *container) wait() error {
	err := c.waitForEnd()
	c.over.Store(true)
	c.awaitOutput()
	c.detachTerminal()
	return err
}

// waitForEnd waits until the container's first process has ended: a pidfd can then
// be read. A goroutine that waits for that sleeps, and all of mydocker with it;
// while one is in a waiting system call, Go looks after it every 0.1 ms at first.
func (c *container) waitForEnd() error {
	var pid int
	var waited error
	look := func(uintptr) (ended bool) {
		pid, waited = syscall.Wait4(c.pid, &c.ended, syscall.WNOHANG, nil)
		return pid != 0
	}
	conn, err := c.process.SyscallConn()
	if err == nil {
		err = conn.Read(look)
	}
	for err != nil && !look(0) { // the machine has as many epoll watches as it allows
		time.Sleep(10 * time.Millisecond)
	}
	if waited != nil {
		return fmt.Errorf("wait for the container: %w", waited)
	}
	return nil
}

func (c *container) close() {
	c.config.Close()
	c.reports.Close()
	c.process.Close()
	c.detachTerminal()
}
