//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/shell"
)

// propagation makes a directory a shared mount and takes a copy of the mount
// namespace in which it is of another kind. Then something is mounted on each
// side, and looked for on the other.
func propagation(kind, dir string) int {
	if err := propagate(kind, dir); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func propagate(kind, dir string) error {
	if err := ownMounts(); err != nil {
		return err
	}
	top := dir
	a, b := shell.Quote(dir+"/a"), shell.Quote(dir+"/b")
	dir = shell.Quote(dir)
	if err := runHere("original", "mount -t tmpfs base "+dir+"; mount --make-shared "+dir+"; mkdir "+a+" "+b); err != nil {
		return err
	}
	script := "mount --make-" + kind + " " + dir + "; mount -t tmpfs of-the-copy " + a
	fmt.Println("copy:", script)
	dup := exec.Command("sh", "-c", script+"; echo "+waiting+"; read go; cat /proc/mounts")
	dup.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL} // with its mounts as they are
	dup.Stderr = os.Stderr
	input, err := dup.StdinPipe()
	if err != nil {
		return err
	}
	output, err := dup.StdoutPipe()
	if err != nil {
		return err
	}
	if err := dup.Start(); err != nil {
		return err
	}
	said := bufio.NewReader(output)
	if _, err := said.ReadString('\n'); err != nil {
		return fmt.Errorf("the copy: %w", err)
	}
	if err := runHere("original", "mount -t tmpfs of-the-original "+b); err != nil {
		return err
	}
	ours, err := os.ReadFile("/proc/thread-self/mounts")
	if err != nil {
		return err
	}
	input.Close() // the copy goes on
	its, err := io.ReadAll(said)
	if err != nil {
		return err
	}
	fmt.Println("the copy's mount, in the original:", countMounts(string(ours), "of-the-copy", top))
	fmt.Println("the original's mount, in the copy:", countMounts(string(its), "of-the-original", top))
	return dup.Wait()
}

// countMounts counts the mounts with this name below a directory, in the format
// of /proc/mounts. Elsewhere, somebody may have mounted something by the same name.
func countMounts(table, name, below string) (count int) {
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); fields[0] == name && strings.HasPrefix(cgroup.Unescape(fields[1]), below+"/") {
			count++
		}
	}
	return count
}

// runHere runs a line of shell and says where.
func runHere(where, script string) error {
	fmt.Println(where + ": " + script)
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd.Run()
}
