//go:build linux

package outside

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"mydocker.example/shared/lang"
)

// signals are those that we get while a container runs.
type signals chan os.Signal

// catchSignals keeps the signals by which one asks a program to end from ending
// us. Those that are only to be passed on wait until there is a container.
//
// Asking costs Go changes of threads, most of all where a goroutine asks that is
// locked to its thread: so another one does, 4 % of a start.
func catchSignals() signals {
	s := make(signals, 64)
	caught := make(chan struct{})
	go func() {
		signal.Notify(s, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
		if !signal.Ignored(syscall.SIGHUP) { // by nohup(1)
			signal.Notify(s, syscall.SIGHUP)
		}
		close(caught)
	}()
	<-caught
	signal.Ignore(syscall.SIGPIPE) // where nobody reads what we write, an error is enough
	return s
}

// A forwarding passes signals on to a container.
type forwarding struct{ sent atomic.Int32 }

// last returns the last signal that was passed on, or 0.
func (f *forwarding) last() syscall.Signal { return syscall.Signal(f.sent.Load()) }

// forwardTo passes signals on to the container's first process.
//
// That one is PID 1, for which the kernel ignores signals that it has no
// handler for, SIGTERM included: a container may take no notice. Whoever
// insists, with a third Ctrl-C within seconds, ends it. So does closing the
// terminal, after which nobody could insist.
func (s signals) forwardTo(c *container) *forwarding {
	f := &forwarding{}
	go func() {
		signal.Notify(s, toForward()...)
		withTerminal := hasTerminal()
		var last time.Time
		asked := 0
		for received := range s {
			number := received.(syscall.Signal)
			switch number {
			case syscall.SIGWINCH:
				if c.withTerminal { // which tells its own processes
					c.resize()
					continue
				}
			case syscall.SIGCONT: // the shell that stopped us has taken its terminal's mode back
				c.makeRaw()
			case syscall.SIGHUP:
				if withTerminal {
					time.AfterFunc(time.Second, c.killWithoutTerminal)
				}
			case syscall.SIGINT, syscall.SIGTERM:
				if time.Since(last) > 5*time.Second { // whoever insists does it at once
					asked = 0
				}
				last = time.Now()
				asked++
				if asked == 2 {
					// Two may be one act, timeout(1)'s to its child and to the group: does it go on?
					time.AfterFunc(200*time.Millisecond, func() { c.complain(c.whyItGoesOn()) })
				}
				if asked >= 3 {
					number = syscall.SIGKILL
					c.insist()
				}
			}
			f.sent.Store(int32(number))
			c.signal(number)
		}
	}()
	return f
}

// toForward lists all signals but those that can't be caught, that tell us of our
// own children, pipes and terminal, and Go's own: SIGURG, SIGPROF, and 32 to 34, which
// libc keeps for itself.
func toForward() (list []os.Signal) {
	for number := syscall.Signal(1); number <= 64; number++ {
		switch number {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF,
			syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGHUP, 32, 33, 34: // SIGHUP: catchSignals has it, but for nohup(1)
		default:
			list = append(list, number)
		}
	}
	return list
}

// whyItGoesOn says what two signals did not end.
func (c *container) whyItGoesOn() error {
	if c.over.Load() {
		return lang.WithCure(lang.Errorf(lang.Text{EN: "the container has ended, but nobody reads its output", ZH: "容器已经结束，但没有人读它的输出"}),
			lang.Text{EN: "once more drops the rest", ZH: "再来一次就丢掉剩下的"})
	}
	return lang.WithCure(lang.Errorf(lang.Text{
		EN: "passed on twice, and the command goes on: as PID 1 it may ignore it",
		ZH: "已转告两次，命令还在运行：它是 1 号进程，可以不理会",
	}), lang.Text{EN: "once more kills the container", ZH: "再来一次就杀掉容器"})
}

// killWithoutTerminal ends the container if our terminal has gone. That is asked
// a while after the SIGHUP: the kernel may send that first, and the command may
// end by itself.
func (c *container) killWithoutTerminal() {
	if !hasTerminal() {
		c.insist()
		c.signal(syscall.SIGKILL)
	}
}

// hasTerminal reports whether we have a controlling terminal, tty(4).
func hasTerminal() bool {
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	terminal.Close()
	return true
}
