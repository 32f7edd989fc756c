//go:build linux

package main

import (
	"strings"
	"syscall"

	"mydocker.example/shared/shell"
)

// mount mounts a file system that only the inside sees, and shows what mount
// propagation does about it.
func (d *day1) mount(sh *shell.Shell) {
	dir := sh.CdTemp()
	answer := inside(sh, syscall.CLONE_NEWNS, "mount -t tmpfs only-inside "+dir+
		"; echo hello > "+dir+"/file; ls "+dir+"; grep -c only-inside /proc/mounts")
	sh.Prove("mounted-inside", strings.HasSuffix(answer, "file\n1"), "%s",
		strings.Join(strings.Fields(answer), " "))
	left := sh.Ls(dir)
	sh.Prove("not-outside", len(left) == 0, "%d files", len(left))

	for _, kind := range []string{"shared", "slave", "private"} {
		answer := inside(sh, syscall.CLONE_NEWNS, propagation(dir, kind))
		arrived := map[bool]string{true: "1", false: "0"}[kind == "shared"]
		sh.Prove(kind, answer == arrived, "arrived: %s", answer)
	}
	sh.Cd("/")
	sh.Rmdir(dir)
}

// propagation is a script that makes dir a shared mount, takes a copy of the
// mount namespace in which it is of another kind, mounts something in the copy,
// and counts whether that has arrived in the original.
func propagation(dir, kind string) string {
	return "mount -t tmpfs base " + dir + "; mount --make-shared " + dir +
		"; mkdir " + dir + "/sub; unshare --mount --propagation unchanged sh -c '" +
		"mount --make-" + kind + " " + dir + "; mount -t tmpfs news " + dir + "/sub'" +
		"; grep -c news /proc/mounts || true"
}
