//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// brokenProc reproduces the message that puzzles the article's readers, in a
// mount namespace that is there to be broken, and repairs it.
func (d *day1) brokenProc(sh *shell.Shell) {
	answer := inside(sh, syscall.CLONE_NEWNS|syscall.CLONE_NEWPID, self()+" cover-proc")
	sh.Prove("reproduced", strings.Contains(answer, "fork/exec /proc/self/exe: no such file or directory"),
		"fork/exec /proc/self/exe: no such file or directory")
	sh.Prove("repaired", strings.HasSuffix(answer, "after umount /proc: it works again"), "%s", last(answer))

	_, err := os.Readlink("/proc/self")
	sh.Must(err)
	sh.ProveUnchanged("host-untouched")
}

// coverProc does, inside, what an incautious program does to a host: with a
// shared root it starts a child in a new PID and mount namespace that mounts
// proc. The mount arrives here as well, and outlives the child.
func coverProc() int {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		fmt.Println("mount proc:", err)
		return 1
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		fmt.Println("mount --make-rshared /:", err)
		return 1
	}
	fmt.Println("before:", strings.TrimSuffix(start("/proc/self/exe"), " again"))

	incautious := exec.Command("mount", "-t", "proc", "proc", "/proc")
	incautious.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, // no private mounts
	}
	if err := incautious.Run(); err != nil {
		fmt.Println("mount in the child:", err)
		return 1
	}
	fmt.Println("after the child's mount:", start("/proc/self/exe"))

	if err := unix.Unmount("/proc", 0); err != nil {
		fmt.Println("umount /proc:", err)
		return 1
	}
	fmt.Println("after umount /proc:", start("/proc/self/exe"))
	return 0
}

// start starts a program with an argument that it doesn't know and tells what
// the kernel said.
func start(program string) string {
	if err := exec.Command(program, "--list").Run(); err != nil {
		return err.Error()
	}
	return "it works again"
}
