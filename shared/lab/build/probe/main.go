//go:build linux

// The probe is the static program with which a learner's container is looked at.
//
//	probe machine                   makes a machine that may be broken, and begins it
//	probe launch MACHINE            is its first process, and runs the program on it
//	…/lab/probe TICKET [ARG...]     is the command in the container: it tells what it sees
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/lab/build"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "machine" {
		machine()
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "launch" {
		launch(os.Args[2])
		return
	}
	group, _ := os.ReadFile("/proc/self/cgroup") // first of all: it may change
	// As PID 1 most programs ignore what they have no handler for.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	r := build.Report{Args: os.Args, PID: os.Getpid(), UID: os.Geteuid(), Environ: os.Environ(), Group: string(group)}
	r.Files = descriptors()
	r.Hostname, _ = os.Hostname()
	r.Processes = processes()
	r.CapBnd, r.NoNewPrivs = status("CapBnd"), status("NoNewPrivs")
	self, err := os.Executable()
	if err != nil { // a forged /proc
		if self = os.Args[0]; !filepath.IsAbs(self) {
			self = build.Probe // it was found in PATH
		}
	}
	conn, err := net.Dial("unix", filepath.Join(filepath.Dir(self), "socket"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(99)
	}
	if len(os.Args) > 2 && os.Args[1] == "try-to-leave" {
		r.Escape = escape(os.Args[2])
	}
	json.NewEncoder(conn).Encode(r)
	var orders build.Orders
	if json.NewDecoder(conn).Decode(&orders) != nil {
		os.Exit(98)
	}
	os.Exit(orders.Exit)
}

// descriptors lists what was handed on. What the Go runtime has opened by itself is
// closed on exec.
func descriptors() (list []string) {
	for fd := uintptr(3); fd < 64; fd++ {
		flags, _, errno := syscall.RawSyscall(syscall.SYS_FCNTL, fd, syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			link, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(fd)))
			list = append(list, strings.TrimSpace(strconv.Itoa(int(fd))+" "+link))
		}
	}
	return list
}

func processes() (list []int) {
	for _, name := range names("/proc") {
		if pid, err := strconv.Atoi(name); err == nil {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list
}

func names(dir string) (list []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// status returns a field's values in all threads, each once.
func status(field string) (values []string) {
	for _, thread := range names("/proc/self/task") {
		text, _ := os.ReadFile("/proc/self/task/" + thread + "/status")
		if value := build.FieldOf(string(text), field); value != "" && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// escape tries the way out of a chroot, NOTES in chroot(2): "out" where it finds the
// mark, a file outside.
func escape(mark string) string {
	back, err := os.Open("/")
	if err != nil {
		return err.Error()
	}
	defer back.Close()
	dir, err := os.MkdirTemp("/tmp", "escape")
	if err != nil {
		return "not tried: " + err.Error()
	}
	defer os.Remove(dir)
	if err := syscall.Chroot(dir); err != nil {
		return err.Error()
	}
	back.Chdir()
	defer syscall.Chroot(".")
	defer back.Chdir()
	for range 64 {
		if _, err := os.Stat(mark); err == nil {
			return "out"
		}
		syscall.Chdir("..")
	}
	return "in"
}
