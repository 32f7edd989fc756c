package lesson

import (
	"context"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns how the terminal is set. Each pause sets it for itself and back.
func terminal() (*unix.Termios, error) { return unix.IoctlGetTermios(0, unix.TCGETS) }

// setTerminal drops what was typed ahead or pasted (the F of TCSETSF), so that it
// does not answer a question that its writer has not seen. With single, every key is
// handed over at once and not shown, Ctrl-Z too; Ctrl-C stays a signal: termios(3).
func setTerminal(was *unix.Termios, single bool) error {
	modes := *was
	if single {
		modes.Lflag &^= unix.ICANON | unix.ECHO
		modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
		modes.Cc[unix.VSUSP] = 0 // none: Go can't give SIGTSTP back to the kernel
	}
	return unix.IoctlSetTermios(0, unix.TCSETSF, &modes)
}

// typed shows a question and waits for what is typed: a key, or a line where not
// single. It reads nothing before and nothing behind it: that may be for a shell that
// the lesson starts. Not ok is the end of the input, or of ctx. The question is shown
// once more where the terminal was another program's meanwhile, after Ctrl-Z and fg.
func typed(ctx context.Context, single bool, show func()) (text string, ok bool) {
	was, err := terminal()
	if err != nil {
		return "", false
	}
	if err := setTerminal(was, single); err != nil {
		single = false // lines, then
	}
	defer func() {
		if single { // what is typed from here on is the next reader's
			unix.IoctlSetTermios(0, unix.TCSETSW, was)
		}
	}()
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	show()
	keyboard := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}}
	buffer := make([]byte, 4096) // as long as the terminal lets a line be
	for ctx.Err() == nil {
		select {
		case <-continued:
			setTerminal(was, single)
			show()
		default:
		}
		if n, _ := unix.Poll(keyboard, 50); n < 1 {
			continue // a signal, or a look at ctx
		}
		n, err := unix.Read(0, buffer)
		if err == unix.EINTR {
			continue
		}
		if n < 1 {
			hungUp(ctx)
			return "", false
		}
		if single && n == 1 && buffer[0] == '\x1b' { // PgUp and the like are several bytes
			if more, _ := unix.Poll(keyboard, 50); more > 0 {
				more, _ := unix.Read(0, buffer[1:])
				n += max(more, 0)
			}
		}
		if single && string(buffer[:n]) == ctrlZ {
			unix.IoctlSetTermios(0, unix.TCSETSW, was)
			stop(continued)
			continue
		}
		return string(buffer[:n]), true
	}
	return "", false
}

const ctrlZ = "\x1a"

// stop does what the terminal does for Ctrl-Z: it stops all that were started with this
// program, sudo and go run say. It returns when they go on. Where there is no shell
// to continue them, the kernel does not stop them: "orphaned process group" in
// setpgid(2).
func stop(continued chan os.Signal) {
	unix.Kill(0, unix.SIGTSTP)
	select {
	case s := <-continued:
		continued <- s
	case <-time.After(time.Second):
		continued <- unix.SIGCONT
	}
}

// hungUp waits for the signal that says why there is no terminal any more, so that
// the exit status is its.
func hungUp(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond):
	}
}
