//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
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
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: step.flags}
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
