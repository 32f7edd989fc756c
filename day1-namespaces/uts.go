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

	guess := sh.Ask("name-outside")
	answer := inside(sh, syscall.CLONE_NEWUTS,
		"readlink /proc/self/ns/uts; hostname container; hostname")
	proveAnother(sh, "own-uts", first(answer), outside)
	sh.Prove("name-inside", last(answer) == "container", "hostname: %s",
		last(answer))

	still := sh.Cat("/proc/sys/kernel/hostname")
	choice := 1 // the new name, if it isn't the old one
	if still == name {
		choice = 2
	}
	guess.IsChoice(choice, "%s", still)
	sh.Prove("name-outside", still == name, "hostname: %s", still)
}
