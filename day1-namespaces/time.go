//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// time sets the clock that counts from boot forward by a day, inside.
func (d *day1) time(sh *shell.Shell) {
	if _, err := os.Stat("/proc/self/ns/time"); err != nil {
		sh.Skip(noTimeNamespaces)
	}
	outside := sh.Readlink("/proc/self/ns/time")
	before := uptime(sh.Cat("/proc/uptime"))

	sh.Command(fmt.Sprintf("unshare%s --time --boottime %d --fork sh -c %s", options(0), aDayOn(), shell.Quote(lookAtTime)))
	answer := run(sh, 0, self(sh)+" tomorrow")
	proveAnother(sh, "own-time", first(answer), outside)
	ahead := uptime(last(answer)) - before
	sh.Prove("a-day-ahead", ahead > 86000 && ahead < 90000, "/proc/uptime: %+.0f s", ahead)

	after := uptime(sh.Cat("/proc/uptime"))
	sh.Prove("time-outside", after-before < 3600, "/proc/uptime: %+.0f s", after-before)
}

// uptime reads the first number of proc_uptime(5), in seconds.
func uptime(text string) float64 {
	seconds, _, _ := strings.Cut(text, " ")
	number, _ := strconv.ParseFloat(seconds, 64)
	return number
}

// aDayOn is the offset of a clock that is a day ahead of ours, in seconds. Offsets
// count from the machine's clock, and ours may have one: time_namespaces(7).
func aDayOn() int {
	const day = 24 * 60 * 60
	offsets, _ := os.ReadFile("/proc/self/timens_offsets")
	for line := range strings.Lines(string(offsets)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "boottime" {
			ours, _ := strconv.Atoi(fields[1])
			return ours + day
		}
	}
	return day
}

const lookAtTime = "readlink /proc/self/ns/time; cat /proc/uptime"

// tomorrow makes a time namespace, in which CLOCK_BOOTTIME is a day ahead, and
// reads the uptime in a child: time_namespaces(7) is for children, and its
// offsets can be set only while there is none.
func tomorrow() int {
	if err := unix.Unshare(unix.CLONE_NEWTIME); err != nil {
		fmt.Println("unshare --time:", err)
		return 1
	}
	if err := os.WriteFile("/proc/self/timens_offsets", fmt.Appendf(nil, "boottime %d 0", aDayOn()), 0); err != nil {
		fmt.Println(err)
		return 1
	}
	cat := exec.Command("sh", "-c", lookAtTime)
	cat.Stdout, cat.Stderr = os.Stdout, os.Stderr
	// Go starts a child with CLONE_VM, which kernels up to 6.1 refuse in a time
	// namespace. With CLONE_NEWUSER Go doesn't.
	cat.SysProcAttr = newNamespaces(unix.CLONE_NEWUSER)
	if err := cat.Run(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}
