//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// brokenProc reproduces the message that puzzles the article's readers, in a
// mount namespace that is there to be broken, and repairs it.
func (d *day1) brokenProc(sh *shell.Shell) {
	answer := inside(sh, syscall.CLONE_NEWNS|syscall.CLONE_NEWPID, self(sh)+" cover-proc")
	good, broken, again := line(answer, "before: "), line(answer, "after the child's mount: "), line(answer, "after umount /proc: ")
	sh.Prove("covered", mounts(broken) == mounts(good)+1, "/proc/self/mountinfo, /proc: %d → %d", mounts(good), mounts(broken))
	sh.Prove("reproduced", strings.HasPrefix(broken, "fork/exec /proc/self/exe: no such file or directory"), "%s", broken)
	sh.Prove("repaired", again == good && strings.HasPrefix(again, "it works"), "%s", again)

	_, err := os.Readlink("/proc/self")
	sh.Must(err)
	sh.ProveUnchanged("host-untouched")
}

// mounts reads the number in "…; mounts on /proc: 2".
func mounts(line string) int {
	number, err := strconv.Atoi(line[strings.LastIndex(line, " ")+1:])
	if err != nil {
		return -1
	}
	return number
}

// coverProc does, inside, what an incautious program does to a host: with a
// shared root it starts a child in a new PID and mount namespace that mounts
// proc. The mount arrives here as well, and outlives the child.
func coverProc() int {
	if err := cover(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func cover() error {
	if err := ownMounts(); err != nil {
		return err
	}
	// A proc of this PID namespace, and mounts that are shared, as systemd's are.
	fmt.Println("parent: mount -t proc proc /proc; mount --make-rshared /")
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount -t proc proc /proc: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("mount --make-rshared /: %w", err)
	}
	// Open before /proc is covered: afterwards nobody finds it any more.
	table, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		return err
	}
	defer table.Close()
	fmt.Println("before:", start("/proc/self/exe", table))

	fmt.Println("child:  mount -t proc proc /proc")
	incautious := exec.Command("mount", "-t", "proc", "proc", "/proc")
	incautious.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, // no private mounts
	}
	if err := incautious.Run(); err != nil {
		return fmt.Errorf("mount in the child: %w", err)
	}
	fmt.Println("after the child's mount:", start("/proc/self/exe", table))

	fmt.Println("parent: umount /proc")
	if err := unix.Unmount("/proc", 0); err != nil {
		return fmt.Errorf("umount /proc: %w", err)
	}
	fmt.Println("after umount /proc:", start("/proc/self/exe", table))
	return nil
}

// start starts a program and tells what the kernel said, and how many mounts
// there are on /proc: the fifth field of a line in proc_pid_mountinfo(5).
func start(program string, table *os.File) string {
	said := "it works"
	if err := exec.Command(program, "--list").Run(); err != nil {
		said = err.Error()
	}
	table.Seek(0, io.SeekStart)
	onProc := 0
	for lines := bufio.NewScanner(table); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 4 && fields[4] == "/proc" {
			onProc++
		}
	}
	return fmt.Sprintf("%s; mounts on /proc: %d", said, onProc)
}
