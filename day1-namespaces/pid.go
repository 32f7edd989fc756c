//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/shell"
)

// pid starts a process that is number 1 inside and another number outside.
func (d *day1) pid(sh *shell.Shell) {
	const script = "echo I am PID $$; read go"
	sh.Command("unshare" + options(syscall.CLONE_NEWPID) + " sh -c " +
		shell.Quote(script) + " &")
	cmd := exec.CommandContext(sh.Context(), "sh", "-c", script)
	cmd.SysProcAttr = newNamespaces(syscall.CLONE_NEWPID)
	input, err := cmd.StdinPipe()
	sh.Must(err)
	output, err := cmd.StdoutPipe()
	sh.Must(err)
	sh.Must(cmd.Start())
	says, err := bufio.NewReader(output).ReadString('\n')
	sh.Must(err)
	sh.Answer(strings.TrimSpace(says))

	ids := sh.Grep("NSpid:", fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	sh.Prove("two-pids", len(ids) == 1 && len(strings.Fields(ids[0])) >= 3 &&
		strings.HasSuffix(ids[0], "\t1"), "%s", strings.Join(ids, " "))
	input.Close()
	cmd.Wait()

	d.lookAround(sh)
}

// lookAround counts the processes that a PID namespace sees in /proc, before
// and after it has a proc of its own.
func (d *day1) lookAround(sh *shell.Shell) {
	const count = "ls /proc | grep -c '^[0-9]'"
	answer := inside(sh, syscall.CLONE_NEWPID, count)
	hosts, err := strconv.Atoi(answer)
	sh.Must(err)
	sh.Prove("still-the-hosts", hosts > 3, "%d processes in /proc", hosts)

	answer = inside(sh, syscall.CLONE_NEWPID|syscall.CLONE_NEWNS,
		"mount -t proc proc /proc; "+count)
	own, err := strconv.Atoi(answer)
	sh.Must(err)
	sh.Prove("own-proc", own <= 3, "%d processes in /proc", own)
}
