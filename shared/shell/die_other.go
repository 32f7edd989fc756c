//go:build !linux

package shell

import "os/exec"

func dieWithUs(*exec.Cmd) {}
