package shell

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"mydocker.example/shared/host"
)

// A Process is a command that runs in the background.
type Process struct {
	PID   int
	Ended <-chan struct{} // closed when it has ended and Status is set
	cmd   *exec.Cmd
}

// Proc returns the name of a file about the process below /proc.
func (p *Process) Proc(file string) string { return fmt.Sprintf("/proc/%d/%s", p.PID, file) }

// Start starts a command in the background, as & does. It dies with the lesson.
func (sh *Shell) Start(name string, args ...string) *Process {
	sh.Command(Line(name, args...) + " &")
	sh.GoOn()
	cmd := exec.CommandContext(sh.ctx, name, args...)
	cmd.Dir = sh.dir
	dieWithUs(cmd)
	sh.Must(cmd.Start())
	sh.Answer(fmt.Sprintf("[1] %d", cmd.Process.Pid))
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	return &Process{PID: cmd.Process.Pid, Ended: ended, cmd: cmd}
}

// AwaitStopped waits until the process has stopped itself (SIGSTOP), as a
// shell's user sees it do: "T" in proc_pid_stat(5).
func (sh *Shell) AwaitStopped(p *Process) {
	for !stopped(p.PID) {
		select {
		case <-p.Ended:
			sh.Must(fmt.Errorf("process %d ended before it was told to go on: %v", p.PID, p.cmd.ProcessState))
		case <-sh.ctx.Done():
			sh.Must(sh.ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

func stopped(pid int) bool {
	stat := host.Stat(pid)
	return len(stat) > 0 && stat[0] == "T"
}

// Kill sends a signal to a process, as kill does.
func (sh *Shell) Kill(signal syscall.Signal, p *Process) {
	sh.Command(fmt.Sprintf("kill -%s %d", signalName(signal), p.PID))
	sh.Must(p.cmd.Process.Signal(signal))
}

// Wait waits until the process has ended and returns how: "exit status 0",
// "signal: killed".
func (sh *Shell) Wait(p *Process) string {
	sh.Command(fmt.Sprintf("wait %d", p.PID))
	<-p.Ended
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() && status.Signal() != syscall.SIGKILL {
		sh.hearSignal()
	}
	sh.GoOn()
	ended := p.cmd.ProcessState.String()
	sh.Answer(ended)
	return ended
}
