//go:build linux

package outside

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A terminal is the parent's end of the container's terminal, and its own one.
type terminal struct {
	master *os.File
	own    *term.State // to be restored; nil where our input is not used
}

// attachTerminal connects our terminal with the container's, with -t. Ours becomes raw:
// it passes every key on and lets the container's make the line, the echo and
// the signals of it.
func (c *container) attachTerminal(o options) error {
	if !o.config.Terminal {
		return nil
	}
	master, err := c.reports.Terminal()
	if errors.Is(err, io.EOF) {
		return nil // init has failed and said why
	}
	if err != nil {
		return err
	}
	t := &terminal{master: master}
	if o.interactive {
		if t.own, err = term.MakeRaw(int(os.Stdin.Fd())); err != nil {
			return fmt.Errorf("raw mode: %w", err)
		}
		go copyAll(master, os.Stdin)
	}
	c.terminal.Store(t)
	c.resize() // it may have changed since we asked
	c.copyOutput(os.Stdout, master)
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
