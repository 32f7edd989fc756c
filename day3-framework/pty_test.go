//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A typist sits at a terminal in which mydocker runs.
type typist struct {
	*os.File
	t    *testing.T
	mu   sync.Mutex
	seen bytes.Buffer
}

func atTerminal(t *testing.T, args ...string) (*typist, func() int) {
	t.Helper()
	cmd := command(t, args...)
	master, err := pty.StartWithAttrs(cmd, &pty.Winsize{Rows: 33, Cols: 99}, &syscall.SysProcAttr{Setsid: true, Setctty: true})
	if err != nil {
		t.Fatal(err)
	}
	y := &typist{File: master, t: t}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			y.mu.Lock()
			y.seen.Write(buffer[:n])
			y.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("on the screen: %q", y.screen())
		}
		cmd.Process.Kill()
		master.Close()
	})
	return y, func() int { cmd.Wait(); return cmd.ProcessState.ExitCode() }
}

func (y *typist) screen() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.seen.String()
}

// types waits for the screen to show something and then types.
func (y *typist) types(after, keys string) {
	y.t.Helper()
	eventually(y.t, "the screen shows "+after, func() bool { return strings.Contains(y.screen(), after) })
	y.WriteString(keys)
}

// hangUp does to the terminal what closing its window does.
func (y *typist) hangUp() {
	y.t.Helper()
	number, err := unix.IoctlGetInt(int(y.Fd()), unix.TIOCGPTN)
	if err != nil {
		y.t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		y.t.Fatal(err)
	}
	defer terminal.Close()
	if err := unix.IoctlSetInt(int(terminal.Fd()), unix.TIOCVHANGUP, 0); err != nil {
		y.t.Fatal(err)
	}
}

func (y *typist) mode() unix.Termios {
	mode, err := unix.IoctlGetTermios(int(y.Fd()), unix.TCGETS)
	if err != nil {
		y.t.Fatal(err)
	}
	return *mode
}

func TestInteractiveShell(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	y, wait := atTerminal(t, "run", "-it", "--rootfs", needRootfs(t), "sh", "-c", "PS1='> ' exec sh -i")
	y.types("> ", "tty; echo A$((1+1))B\n")
	y.types("A2B", "stty size\n")
	runs := func(program string) func() bool {
		return func() bool { return len(alive(program)) > 0 }
	}
	y.types("33 99", "sleep 4713\n")
	eventually(t, "sleep runs", runs("sleep\x004713"))
	y.WriteString("\x03") // Ctrl-C
	y.types("^C", "echo C$((1+2))D\n")
	y.types("C3D", "sleep 4714\n")
	eventually(t, "sleep runs", runs("sleep\x004714"))
	y.WriteString("\x1a") // Ctrl-Z
	y.types("Stopped", "kill %1; fg; echo G$((2+2))H\n")
	y.types("G4H", "")
	pty.Setsize(y.File, &pty.Winsize{Rows: 44, Cols: 111})
	eventually(t, "the new size", func() bool {
		y.WriteString("stty size\n")
		return strings.Contains(y.screen(), "44 111")
	})
	y.types("44 111", "exit 6\n")
	if got := wait(); got != 6 {
		t.Errorf("exit status %d, want 6", got)
	}
	if !strings.Contains(y.screen(), "/dev/pts/0") {
		t.Error("tty did not say /dev/pts/0")
	}
}

func TestTerminalIsRestored(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for name, end := range map[string]func(*typist, int){
		"by the command":    func(y *typist, _ int) { y.WriteString("exit\n") },
		"by SIGTERM":        func(y *typist, pid int) { syscall.Kill(pid, syscall.SIGTERM) },
		"by a failing init": nil,
	} {
		t.Run(name, func(t *testing.T) {
			// Not in read: a signal between its trap and its read(2) would wait for a line.
			args := []string{"run", "-it", "--rootfs", needRootfs(t), "sh", "-c", "trap 'exit 3' TERM; echo ready; while sleep 0.1; do :; done"}
			if name == "by the command" {
				args[len(args)-1] = "echo ready; read x"
			}
			if end == nil {
				args = append(args[:4], "nosuch")
			}
			cmd := command(t, args...)
			master, slave, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer master.Close()
			defer slave.Close()
			cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
			y := &typist{File: master, t: t}
			before := y.mode()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if end != nil {
				buffer := make([]byte, 100)
				for !strings.Contains(y.seen.String(), "ready") {
					n, err := master.Read(buffer)
					if err != nil {
						t.Fatal(err)
					}
					y.seen.Write(buffer[:n])
				}
				if y.mode() == before {
					t.Error("the terminal was never raw")
				}
				end(y, cmd.Process.Pid)
			}
			cmd.Wait()
			if y.mode() != before {
				t.Error("the terminal was not restored")
			}
		})
	}
}

// The shell of a learner that stops mydocker takes its terminal's mode back.
func TestTheTerminalIsRawAgainAfterAStop(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	y := &typist{File: master, t: t}
	cooked := y.mode()
	cmd := command(t, "run", "-it", "--rootfs", needRootfs(t), "sleep", "4716")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "raw mode", func() bool { return y.mode() != cooked })
	raw := y.mode()
	cmd.Process.Signal(syscall.SIGSTOP)
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, &cooked); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGCONT)
	eventually(t, "raw mode again", func() bool { return y.mode() == raw })
	for range 3 {
		cmd.Process.Signal(syscall.SIGTERM)
		time.Sleep(50 * time.Millisecond)
	}
	cmd.Wait()
	if y.mode() != cooked {
		t.Error("the terminal was not restored")
	}
}

// A window that is closed takes the container with it, also where the command,
// as PID 1, ignores the SIGHUP.
func TestClosingTheTerminalEndsTheContainer(t *testing.T) {
	needRoot(t)
	noNohup(t)
	for _, flags := range []string{"-it", "-i"} {
		t.Run(flags, func(t *testing.T) {
			leavesNothing(t)
			y, ended := atTerminal(t, "run", flags, "--rootfs", needRootfs(t), "sh", "-c", "echo begun; while :; do sleep 4713; done")
			eventually(t, "the command begins", func() bool { return strings.Contains(y.screen(), "begun") })
			y.hangUp()
			eventually(t, "the container's end", func() bool { return len(alive("4713")) == 0 })
			if status := ended(); status != 137 {
				t.Errorf("exit status %d, want 137", status)
			}
		})
	}
}
