//go:build linux

package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// mount mounts a file system that only the inside sees, and shows what mount
// propagation does about it.
func (d *day1) mount(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/mnt")
	dir := sh.CdTemp()
	quoted := shell.Quote(dir)
	answer := inside(sh, syscall.CLONE_NEWNS, "readlink /proc/self/ns/mnt; mount -t tmpfs only-inside "+quoted+
		"; echo hello > "+quoted+"/file; ls "+quoted+"; grep only-inside /proc/mounts | grep -c "+filepath.Base(dir))
	proveAnother(sh, "own-mnt", first(answer), outside)
	sh.Prove("mounted-inside", strings.HasSuffix(answer, "\nfile\n1"), "/proc/mounts, only-inside: %s", last(answer))
	left := sh.Ls(dir)
	sh.Prove("not-outside", len(left) == 0, "ls: %d", len(left))

	for _, kind := range []struct {
		name           string
		comes, goesOut string // how many mounts pass
	}{{"shared", "1", "1"}, {"slave", "1", "0"}, {"private", "0", "0"}} {
		var guess shell.Guess
		if kind.name == "slave" {
			guess = sh.Ask("slave")
		}
		answer := inside(sh, syscall.CLONE_NEWNS, self(sh)+" propagation "+kind.name+" "+quoted)
		out, in := line(answer, "the copy's mount, in the original: "), line(answer, "the original's mount, in the copy: ")
		if kind.name == "slave" {
			guess.Is(strings.Count(out+in, "1"))
		}
		sh.Prove(kind.name, out == kind.goesOut && in == kind.comes, "→ %s, ← %s", out, in)
	}
	sh.Cd("/")
	sh.Rmdir(dir)
}

// ownMounts gives this program a mount namespace in which it can do no harm,
// also where somebody starts it outside. A mount namespace is a thread's.
func ownMounts() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare --mount: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount --make-rprivate /: %w", err)
	}
	return nil
}
