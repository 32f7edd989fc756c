//go:build linux

package main

import (
	"syscall"

	"mydocker.example/shared/shell"
)

// uts changes the host name, inside.
func (d *day1) uts(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/uts")
	name := sh.Cat("/proc/sys/kernel/hostname")

	answer := inside(sh, syscall.CLONE_NEWUTS,
		"readlink /proc/self/ns/uts; hostname container; hostname")
	proveAnother(sh, "own-uts", first(answer), outside)
	sh.Prove("name-inside", last(answer) == "container", "hostname: %s",
		last(answer))

	still := sh.Cat("/proc/sys/kernel/hostname")
	sh.Prove("name-outside", still == name, "hostname: %s", still)
}
