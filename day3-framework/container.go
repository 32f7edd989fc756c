//go:build linux

package main

import (
	"os"
	"os/exec"
	"sync/atomic"

	"mydocker.example/shared/lang"
)

// A container is the host's side of one that runs.
type container struct {
	cmd      *exec.Cmd                // its init, then the command
	config   *os.File                 // the pipe to init
	reports  *os.File                 // the socket from init
	terminal atomic.Pointer[terminal] // nil without -t
	narrator narrator
	lang     lang.Language
}

// kill ends the container: with PID 1 of a namespace every process in it dies,
// pid_namespaces(7).
func (c *container) kill() error {
	err := c.cmd.Process.Kill()
	c.cmd.Wait()
	return err
}

func (c *container) close() {
	c.config.Close()
	c.reports.Close()
	c.detachTerminal()
}
