//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
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
	answer := inside(sh, syscall.CLONE_NEWNS, "readlink /proc/self/ns/mnt; mount -t tmpfs only-inside "+dir+
		"; echo hello > "+dir+"/file; ls "+dir+"; grep -c only-inside /proc/mounts")
	sh.Prove("own-mnt", first(answer) != outside, "%s, outside %s",
		first(answer), outside)
	sh.Prove("mounted-inside", strings.HasSuffix(answer, "\nfile\n1"), "%s mount named only-inside",
		last(answer))
	left := sh.Ls(dir)
	sh.Prove("not-outside", len(left) == 0, "%d files", len(left))

	for _, kind := range []string{"shared", "slave", "private"} {
		answer := inside(sh, syscall.CLONE_NEWNS, self()+" propagation "+kind+" "+dir)
		arrived := map[bool]string{true: "1", false: "0"}[kind == "shared"]
		sh.Prove(kind, last(answer) == "arrived: "+arrived, "%s", last(answer))
	}
	sh.Cd("/")
	sh.Rmdir(dir)
}

// propagation makes a directory a shared mount, takes a copy of the mount
// namespace in which it is of another kind, mounts something in the copy, and
// counts whether that has arrived in the original.
func propagation(kind, dir string) int {
	if err := ownMounts(); err != nil {
		fmt.Println(err)
		return 1
	}
	original := "mount -t tmpfs base " + dir + "; mount --make-shared " + dir + "; mkdir " + dir + "/sub"
	copied := "mount --make-" + kind + " " + dir + "; mount -t tmpfs news " + dir + "/sub"
	for _, step := range []struct {
		where, script string
		flags         uintptr
	}{
		{"original", original, 0},
		{"copy", copied, syscall.CLONE_NEWNS}, // with its mounts as they are
	} {
		fmt.Printf("%s: %s\n", step.where, step.script)
		cmd := exec.Command("sh", "-c", step.script)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: step.flags, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Run(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("arrived:", strings.Count(string(mounts), "\nnews "))
	return 0
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
