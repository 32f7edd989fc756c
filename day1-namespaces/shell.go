//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"

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
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = newNamespaces(everything)
	err := shell.InForeground(cmd)
	var ended *exec.ExitError
	if !errors.As(err, &ended) { // how the shell ended is the learner's affair
		sh.Must(err)
	}

	pid := sh.Readlink("/proc/self")
	sh.Prove("back", pid != "1", "PID %s", pid)
}
