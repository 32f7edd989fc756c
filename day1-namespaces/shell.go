//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"mydocker.example/shared/shell"
)

// shell gives the learner a shell in all the namespaces.
func (d *day1) shell(sh *shell.Shell) {
	atTerminal := term.IsTerminal(0) && term.IsTerminal(1)
	if !atTerminal || !d.wantShell && !sh.Agreed(goIn) {
		sh.Skip(atATerminal)
	}
	const script = "mount -t proc proc /proc; hostname container; " +
		"export PS1='[container] # '; exec sh -i"
	sh.Command("unshare" + options(everything) + " sh -c " + shell.Quote(script))
	sh.Must(interactive(exec.Command("sh", "-c", script)))

	pid := sh.Readlink("/proc/self")
	sh.Prove("back", pid != "1", "PID %s", pid)
}

// interactive runs a command that has the terminal to itself, and then takes
// the terminal back as it was.
func interactive(cmd *exec.Cmd) error {
	modes, err := term.GetState(0)
	if err != nil {
		return err
	}
	defer term.Restore(0, modes)

	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = newNamespaces(everything)
	cmd.SysProcAttr.Foreground = true // its own process group, so that Ctrl-C goes there

	// Whoever writes to a terminal from the background is stopped by SIGTTOU,
	// and taking it back is such a write.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	defer unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, unix.Getpgrp())

	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) { // how the shell ended is the learner's affair
		return err
	}
	return nil
}
