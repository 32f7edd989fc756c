//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"mydocker.example/shared/shell"
)

// inside runs a command in new namespaces, shows and returns what it printed.
// It shows the unshare(1) line that does the same.
func inside(sh *shell.Shell, flags uintptr, command string) string {
	sh.Command("unshare" + options(flags) + " sh -c " + shell.Quote(command))
	return run(sh, flags, command)
}

func run(sh *shell.Shell, flags uintptr, command string) string {
	cmd := exec.CommandContext(sh.Context(), "sh", "-c", command)
	cmd.SysProcAttr = newNamespaces(flags)
	output, err := cmd.CombinedOutput()
	answer := strings.TrimSuffix(string(output), "\n")
	sh.Answer(answer)
	if err != nil {
		sh.Must(fmt.Errorf("in new namespaces: %w", err))
	}
	return answer
}

// proveAnother proves that the namespace inside is not the one outside. Both are
// links such as uts:[4026531838]: namespaces(7).
func proveAnother(sh *shell.Shell, id, inside, outside string) {
	sh.Prove(id, inside != outside, "%s ≠ %s", inside, outside)
}

// background is a command that waits inside while we look at it from outside.
type background struct {
	said string // before it began to wait
	pid  int    // outside
	end  func()
}

// waiting is what such a command says before it waits.
const waiting = "waiting"

// inBackground starts a command in new namespaces, shows what it says until it
// waits, and leaves it there until end is called.
func inBackground(sh *shell.Shell, flags uintptr, command string) background {
	sh.Command("unshare" + options(flags) + " sh -c " + shell.Quote(command) + " &")
	cmd := exec.CommandContext(sh.Context(), "sh", "-c", command)
	cmd.SysProcAttr = newNamespaces(flags)
	input, err := cmd.StdinPipe()
	sh.Must(err)
	output, err := cmd.StdoutPipe()
	sh.Must(err)
	cmd.Stderr = cmd.Stdout
	sh.Must(cmd.Start())
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan() && lines.Text() != waiting; {
		said = append(said, lines.Text())
	}
	answer := strings.Join(said, "\n")
	sh.Answer(answer)
	return background{answer, cmd.Process.Pid, func() {
		input.Close()
		cmd.Process.Kill()
		cmd.Wait()
	}}
}

// newNamespaces asks the kernel to start a child in new namespaces. An ordinary
// user gets a user namespace as well, in which they are root: that is what
// allows the others.
func newNamespaces(flags uintptr) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: flags &^ syscall.CLONE_NEWNS,
		// Here, and not above: Go then makes the child's mounts private.
		Unshareflags: flags & syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
	}
	if attr.Cloneflags&syscall.CLONE_NEWUSER != 0 {
		attr.UidMappings = rootIs(os.Geteuid())
		attr.GidMappings = rootIs(os.Getegid())
	}
	return attr
}

// rootIs maps the ID 0 inside to one outside: user_namespaces(7).
func rootIs(outside int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: 0, HostID: outside, Size: 1}}
}

// kinds are the namespaces that clone(2) makes, with unshare(1)'s options.
var kinds = []struct {
	flag   uintptr
	option string
	file   string // below /proc/PID/ns
}{
	{syscall.CLONE_NEWUSER, "--map-root-user", "user"},
	{syscall.CLONE_NEWUTS, "--uts", "uts"},
	{syscall.CLONE_NEWIPC, "--ipc", "ipc"},
	{syscall.CLONE_NEWPID, "--pid --fork", "pid"},
	{syscall.CLONE_NEWNS, "--mount", "mnt"},
	{syscall.CLONE_NEWNET, "--net", "net"},
	{syscall.CLONE_NEWCGROUP, "--cgroup", "cgroup"},
}

func options(flags uintptr) (line string) {
	if os.Geteuid() != 0 {
		flags |= syscall.CLONE_NEWUSER
	}
	for _, kind := range kinds {
		if flags&kind.flag != 0 {
			line += " " + kind.option
		}
	}
	return line
}

// self is this program's path, as a shell can start it.
func self(sh *shell.Shell) string { return shell.Quote(sh.Self()) }

// first returns the first line of an answer.
func first(answer string) string {
	line, _, _ := strings.Cut(answer, "\n")
	return line
}

// last returns the last line of an answer.
func last(answer string) string { return answer[strings.LastIndex(answer, "\n")+1:] }

// line returns the rest of the line that begins with these words.
func line(answer, begins string) string {
	for line := range strings.Lines(answer) {
		if rest, found := strings.CutPrefix(line, begins); found {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
