//go:build !linux

package shell

import "os/exec"

// InForeground is there so that this compiles: lessons run on Linux alone.
func InForeground(cmd *exec.Cmd) error { return cmd.Run() }

// HasTerminal is for Linux alone.
func HasTerminal() (string, bool) { return "", false }
