package shell

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// InForeground runs a command that has the terminal to itself, and then takes the
// terminal back as it was.
func InForeground(cmd *exec.Cmd) error {
	modes, err := term.GetState(0)
	if err != nil {
		return err
	}
	defer term.Restore(0, modes)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Foreground = true // its own process group, so that Ctrl-C goes there

	// Whoever writes to a terminal from the background is stopped by SIGTTOU,
	// and taking it back is such a write.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	defer unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, unix.Getpgrp())
	return cmd.Run()
}

// HasTerminal returns the name of the program in the terminal's foreground, "" where
// that can't be told, and whether it waits for time to pass: a shell does that which the
// kernel has refused a fork and which will try again.
func HasTerminal() (name string, waits bool) {
	group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	if err != nil {
		return "", false
	}
	comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", group))
	where, _ := os.ReadFile(fmt.Sprintf("/proc/%d/wchan", group))
	return strings.TrimSpace(string(comm)), strings.Contains(string(where), "nanosleep")
}
