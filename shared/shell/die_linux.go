package shell

import (
	"os/exec"
	"syscall"
)

// dieWithUs has the kernel kill the child when our thread dies. The lesson's
// thread is locked, so it is the program's death that counts: PR_SET_PDEATHSIG
// in prctl(2) goes by the thread that started the child.
func dieWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
