//go:build linux

package main

import (
	"strings"
	"syscall"

	"mydocker.example/shared/shell"
)

// cgroup hides where in the tree of groups we are.
func (d *day1) cgroup(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/cgroup")
	sh.Cat("/proc/self/cgroup")
	answer := inside(sh, syscall.CLONE_NEWCGROUP,
		"readlink /proc/self/ns/cgroup; cat /proc/self/cgroup")
	proveAnother(sh, "own-cgroup", first(answer), outside)

	groups := strings.Split(answer, "\n")[1:]
	roots := 0
	for _, line := range groups {
		if strings.HasSuffix(line, ":/") {
			roots++
		}
	}
	sh.Prove("all-roots", roots == len(groups) && roots > 0, "/proc/self/cgroup, /: %d/%d", roots, len(groups))
}
