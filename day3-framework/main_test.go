//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mydocker.example/day3-framework/outside"
	"mydocker.example/day3-framework/rootfs"
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
)

func TestMain(m *testing.M) {
	// The lesson's load is /proc/self/exe in a container.
	testscript.Main(tidy{m}, map[string]func(){"mydocker": main, "exe": main})
}

// tidy removes the shared root file system after the tests.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	defer os.RemoveAll(shared)
	return t.M.Run()
}

// needRoot skips a test that makes containers.
func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: namespaces and cgroups (go test -exec sudo)")
	}
	if c := outside.Check(); c.Status == host.No {
		t.Skip(c.Found.EN, ": ", c.Cure.EN)
	}
}

// shared is where rootfs makes a root file system that all tests share.
var shared = filepath.Join(os.TempDir(), fmt.Sprintf("mydocker-test-%d", os.Getpid()))

var filledRootfs = sync.OnceValues(func() (string, error) {
	return shared, fillRootfs(shared)
})

func fillRootfs(dir string) error {
	if status := rootfs.Main([]string{dir}); status != 0 {
		return fmt.Errorf("mydocker rootfs %s: exit status %d", dir, status)
	}
	return nil
}

func needRootfs(t testing.TB) string {
	t.Helper()
	dir, err := filledRootfs()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestScripts runs testdata/*.txtar. What they make must be gone afterwards.
func TestScripts(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	dir := needRootfs(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOTFS", dir)
			env.Setenv("LANG", "C")
			return nil
		},
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Condition: condition,
	})
}

// status N COMMAND... runs a command, which must end with this exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// condition knows [cgroup-v1] and [cgroup-v2]: where the memory controller is.
func condition(name string) (bool, error) {
	h, err := cgroup.Find("memory")
	return err == nil && name == "cgroup-"+h.Version.String(), nil
}

// others reports whether a change is another test's: a group of another day's, or of
// the judge's, who runs mydocker in his own, or a doctor's that has gone.
func others(change string) bool {
	if !strings.Contains(change, " cgroup ") {
		return false
	}
	return !strings.Contains(change, "/mydocker") || strings.Contains(change, "/judge-") ||
		strings.HasPrefix(change, "- ") && strings.Contains(change, "/mydocker-doctor-")
}

// leavesNothing compares the host's groups, mounts and hostname before the
// test with those after it.
func leavesNothing(t testing.TB) {
	t.Helper()
	before, err := host.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	name, _ := os.Hostname()
	t.Cleanup(func() {
		var left []string
		for end := time.Now().Add(3 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			after, err := host.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			// What other tests make at the same time goes again.
			if left = slices.DeleteFunc(before.Changes(after), others); len(left) == 0 || time.Now().After(end) {
				break
			}
		}
		for _, change := range left {
			t.Error("left behind:", change)
		}
		if now, _ := os.Hostname(); now != name {
			t.Errorf("the host's name was %s and is %s", name, now)
		}
	})
}

// An ordinary user is told to come as root, and nothing is made.
func TestAnOrdinaryUserIsToldToComeAsRoot(t *testing.T) {
	leavesNothing(t)
	cmd := command(t, "run", "true")
	if os.Geteuid() == 0 {
		dir, err := os.MkdirTemp("", "mydocker-user-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		binary, err := os.ReadFile("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(dir+"/mydocker", binary, 0o755)); err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Dir = dir+"/mydocker", "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, _ := cmd.CombinedOutput()
	if status := cmd.ProcessState.ExitCode(); status != 125 || !strings.Contains(string(out), "you are not root") {
		t.Errorf("exit status %d:\n%s", status, out)
	}
}
