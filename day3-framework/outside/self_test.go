//go:build linux

package outside

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/host"
	"mydocker.example/shared/load"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "load" { // this program, started as ours
		os.Exit(load.Main(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// TestOurProgramCanNotBeWritten is the attack of CVE-2019-5736: through
// /proc/PID/exe of an init that is starting, and from outside it as root of
// all, without the container's loss of rights.
func TestOurProgramCanNotBeWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: a mount is made")
	}
	if c := Check(); c.Status == host.No {
		t.Skip(c.Found.EN, ": ", c.Cure.EN)
	}
	self, err := openSelf()
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command(fmt.Sprintf("/proc/self/fd/%d", between.SelfFD), "load", "--cpu", "5s")
	cmd.Args[0] = "mydocker"
	cmd.ExtraFiles = []*os.File{self}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	// On Linux 6.1 Start can return a moment before the program is another.
	for link, deadline := fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid), time.Now().Add(time.Minute); ; {
		if line, _ := os.ReadFile(link); bytes.HasPrefix(line, []byte("mydocker\x00load")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("our program did not start")
		}
	}
	link := fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid)
	running, err := os.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	cmd.Process.Kill()
	cmd.Wait() // no longer "text file busy"
	program := fmt.Sprintf("/proc/self/fd/%d", running.Fd())
	// This test is the same program, and runs: some kernels notice that first.
	_, err = os.OpenFile(program, os.O_WRONLY|os.O_TRUNC, 0)
	if !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.ETXTBSY) {
		t.Errorf("opening our program for writing: %v, want EROFS", err)
	}
	if err := os.Chmod(program, 0o755); !errors.Is(err, syscall.EROFS) {
		t.Errorf("chmod of our program: %v, want EROFS", err)
	}
}
