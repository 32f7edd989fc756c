//go:build linux

package inside

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
)

// openTerminal makes a terminal of the container's own, pty(7), and makes it
// the command's standard input, output and error. The container's /dev/pts is
// where it must come from: one of the host's would have no name in here.
// The other end goes to the parent.
func (p initProcess) openTerminal() error {
	if !p.Terminal {
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
	if err := unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &p.Size); err != nil {
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
	if err := between.ReportTerminal(master); err != nil {
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
	p.narrator.Say("open %s as standard input, output and error", name)
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
