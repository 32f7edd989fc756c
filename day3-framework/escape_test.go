//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// escapeProgram puts testdata/escape into a root file system of its own and
// returns that one's directory. The program is /escape there.
func escapeProgram(t *testing.T) string {
	t.Helper()
	return escapeProgramFor(t, runtime.GOARCH)
}

func escapeProgramFor(t *testing.T, arch string) string {
	t.Helper()
	needRoot(t)
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the program that tries to get out is built here, and there is no go")
	}
	dir := filepath.Join(t.TempDir(), "rootfs")
	if err := fillRootfs(dir); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", dir+"/escape", "./testdata/escape")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return dir
}

// gotOut runs the program and reports what it did; its exit status is 1 where
// it was kept in.
func gotOut(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err == nil && strings.Contains(string(out), "got out") {
		return true
	}
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "kept in") {
		t.Fatalf("%v: %s", err, out)
	}
	return false
}

// The classic way out of a chroot works where chroot is all there is, and not
// in a container: after pivot_root the root is the top.
func TestTheWayOutOfAChroot(t *testing.T) {
	dir := escapeProgram(t)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !gotOut(t, exec.Command("chroot", dir, "/escape", "chroot", outside)) {
		t.Error("this test shows nothing: the program can't even leave a chroot")
	}
	if gotOut(t, command(t, "run", "--rootfs", dir, "/escape", "chroot", outside)) {
		t.Error("a process in the container saw a file outside")
	}
}

// Outside, root may trace a process of the host. Inside, there is no such
// process, with the host's files or without.
func TestPtraceOfTheHost(t *testing.T) {
	dir := escapeProgram(t)
	sleep := exec.Command("sleep", "60")
	sleep.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { sleep.Process.Kill(); sleep.Wait() }()
	pid := fmt.Sprint(sleep.Process.Pid)
	if !gotOut(t, exec.Command(dir+"/escape", "ptrace", pid)) {
		t.Error("this test shows nothing: not even the host's root may trace")
	}
	for _, args := range [][]string{
		{"run", "--rootfs", dir, "/escape", "ptrace", pid},
		{"run", dir + "/escape", "ptrace", pid},
	} {
		if gotOut(t, command(t, args...)) {
			t.Errorf("%v traced a process of the host", args)
		}
	}
}

// The filter of system calls knows both kinds of numbers that this kernel takes.
func TestTheFilterFor64And32Bits(t *testing.T) {
	archs := []string{runtime.GOARCH}
	switch runtime.GOARCH { // not every arm64 processor runs 32-bit programs
	case "amd64":
		archs = append(archs, "386")
	case "386":
		archs = append(archs, "amd64")
	}
	for _, arch := range archs {
		dir := escapeProgramFor(t, arch)
		for _, way := range []string{"user", "keys"} {
			t.Run(arch+" "+way, func(t *testing.T) {
				if out, err := exec.Command(dir+"/escape", way).CombinedOutput(); err != nil {
					t.Skipf("not even outside: %v: %s", err, out)
				}
				if gotOut(t, command(t, "run", "--rootfs", dir, "/escape", way)) {
					t.Error("it got out")
				}
			})
		}
	}
}

// The caller's groups are not the container's root's.
func TestTheCallersGroupsStayOutside(t *testing.T) {
	needRoot(t)
	dir := needRootfs(t)
	cmd := command(t, "run", "--rootfs", dir, "grep", "-E", "^(Gid|Groups):", "/proc/self/status")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 0, Gid: 27, Groups: []uint32{4, 27}}}
	out, err := cmd.CombinedOutput()
	if want := "Gid:\t0\t0\t0\t0\nGroups:\t \n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}
