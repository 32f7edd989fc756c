//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openTerminal makes a terminal of the container's own, pty(7), and makes it
// the command's standard input, output and error. The container's /dev/pts is
// where it must come from: one of the host's would have no name in here.
// The other end goes to the parent.
func (in inside) openTerminal() error {
	if !in.Terminal {
		return nil
	}
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open /dev/ptmx: %w", err)
	}
	defer unix.Close(master)
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return fmt.Errorf("unlock the terminal: %w", err)
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return fmt.Errorf("the terminal's name: %w", err)
	}
	if err := unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &in.Size); err != nil {
		return fmt.Errorf("the terminal's size: %w", err)
	}
	name := fmt.Sprintf("/dev/pts/%d", number)
	slave, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	if err := bindConsole(name); err != nil {
		return err
	}
	if err := report(reportTerminal, master); err != nil {
		return err
	}
	// The session's controlling terminal, for Ctrl-C and job control.
	if err := unix.IoctlSetInt(slave, unix.TIOCSCTTY, 0); err != nil {
		return fmt.Errorf("make %s the controlling terminal: %w", name, err)
	}
	for fd := range 3 {
		if err := unix.Dup3(slave, fd, 0); err != nil {
			return fmt.Errorf("dup3: %w", err)
		}
	}
	in.narrator.say("open %s as standard input, output and error", name)
	return nil
}

// bindConsole gives the terminal its second name, which the OCI spec asks for.
func bindConsole(name string) error {
	if err := os.WriteFile("/dev/console", nil, 0o600); err != nil {
		return err
	}
	if err := unix.Mount(name, "/dev/console", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount --bind %s /dev/console: %w", name, err)
	}
	return nil
}

// A terminal is the parent's end of the container's terminal, and its own one.
type terminal struct {
	master *os.File
	own    *term.State // to be restored; nil where our input is not used
}

// attachTerminal connects our terminal with the container's. Ours becomes raw:
// it passes every key on and lets the container's make the line, the echo and
// the signals of it.
func (c *container) attachTerminal(interactive bool) error {
	master, err := c.awaitTerminal()
	if errors.Is(err, io.EOF) {
		return nil // init has failed and said why
	}
	if err != nil {
		return err
	}
	t := &terminal{master: master}
	if interactive {
		if t.own, err = term.MakeRaw(int(os.Stdin.Fd())); err != nil {
			return fmt.Errorf("raw mode: %w", err)
		}
		go io.Copy(master, os.Stdin)
	}
	c.terminal.Store(t)
	c.resize() // it may have changed since we asked
	c.copyOutput(os.Stdout, master, func() {
		c.signal(unix.SIGKILL) // it would wait for ever
	})
	return nil
}

// makeRaw makes our terminal raw again.
func (c *container) makeRaw() {
	c.mode.Lock()
	defer c.mode.Unlock()
	if t := c.terminal.Load(); t != nil && t.own != nil {
		term.MakeRaw(int(os.Stdin.Fd()))
		c.resize()
	}
}

// detachTerminal restores our terminal.
func (c *container) detachTerminal() {
	c.mode.Lock()
	defer c.mode.Unlock()
	t := c.terminal.Swap(nil)
	if t == nil {
		return
	}
	if t.own != nil {
		term.Restore(int(os.Stdin.Fd()), t.own)
	}
	t.master.Close()
}

// resize gives the container's terminal the size of ours.
func (c *container) resize() {
	t := c.terminal.Load()
	if t == nil {
		return
	}
	if size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil {
		unix.IoctlSetWinsize(int(t.master.Fd()), unix.TIOCSWINSZ, size)
	}
}
