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

// HasTerminal returns the name of the program in the terminal's foreground; "" where
// there is none that can be seen.
func HasTerminal() string {
	group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	if err != nil {
		return ""
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", group))
	return strings.TrimSpace(string(name))
}
