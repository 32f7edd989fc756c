//go:build linux

package main

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// mount mounts a file system that only the inside sees, and shows what mount
// propagation does about it.
func (d *day1) mount(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/mnt")
	dir := sh.CdTemp()
	quoted := shell.Quote(dir)
	answer := inside(sh, syscall.CLONE_NEWNS, "readlink /proc/self/ns/mnt; mount -t tmpfs only-inside "+quoted+
		"; echo hello > "+quoted+"/file; ls "+quoted+"; grep -c only-inside /proc/mounts")
	proveAnother(sh, "own-mnt", first(answer), outside)
	sh.ProveText("mounted-inside", strings.HasSuffix(answer, "\nfile\n1"),
		lang.Text{EN: "%s mount named only-inside", ZH: "名叫 only-inside 的挂载：%s 个"},
		last(answer))
	left := sh.Ls(dir)
	sh.ProveText("not-outside", len(left) == 0, lang.Text{EN: "%d files", ZH: "%d 个文件"}, len(left))

	for _, kind := range []struct {
		name           string
		comes, goesOut string // how many mounts pass
	}{{"shared", "1", "1"}, {"slave", "1", "0"}, {"private", "0", "0"}} {
		answer := inside(sh, syscall.CLONE_NEWNS, self()+" propagation "+kind.name+" "+quoted)
		out, in := line(answer, "the copy's mount, in the original: "), line(answer, "the original's mount, in the copy: ")
		sh.ProveText(kind.name, out == kind.goesOut && in == kind.comes,
			lang.Text{EN: "out of the copy: %s, into it: %s", ZH: "从副本传出：%s，传进副本：%s"}, out, in)
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
