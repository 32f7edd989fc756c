//go:build linux

package cgroup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// testGroup makes a group with these controllers for one test.
func testGroup(t testing.TB, controllers ...string) *Group {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to make a cgroup")
	}
	for _, controller := range controllers {
		if _, err := Find(controller); err != nil {
			t.Skip(err)
		}
	}
	g, err := New("cgroup-test-"+strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")), controllers...)
	if err != nil {
		t.Fatal(err)
	}
	enabled, err := g.ToEnable()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Make(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(g.Kill(), g.Remove()); err != nil {
			t.Error(err)
		}
		for _, e := range enabled {
			if err := e.Disable(); err != nil && !errors.Is(err, syscall.EBUSY) {
				t.Error(err)
			}
		}
	})
	return g
}

// sleeper starts a process that does nothing until the test ends.
func sleeper(t testing.TB) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

func wantIn(t *testing.T, g *Group, pid int) {
	t.Helper()
	for _, d := range g.dirs {
		if got, err := d.hierarchy.GroupOf(pid); err != nil || got != d.path {
			t.Errorf("process %d is in %s (%v), want %s", pid, got, err, d.path)
		}
	}
}

func TestChildIsBornInTheGroup(t *testing.T) {
	g := testGroup(t, "memory")
	for range 20 {
		cmd := exec.Command("sleep", "60")
		if err := g.Start(cmd); err != nil {
			t.Fatal(err)
		}
		wantIn(t, g, cmd.Process.Pid)
		cmd.Process.Kill()
		cmd.Wait()
	}
}

func TestTheStartingThreadGoesHome(t *testing.T) {
	g := testGroup(t, "memory")
	h := g.dirs[0].hierarchy
	before, err := h.Own()
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command("true")
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if after, err := h.groupOf("/proc/thread-self/cgroup"); err != nil || after != before {
		t.Errorf("the thread is in %s (%v), want %s", after, err, before)
	}
}

func TestAddMovesEveryThread(t *testing.T) {
	g := testGroup(t, "memory")
	cmd := sleeper(t)
	if err := g.Add(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	wantIn(t, g, cmd.Process.Pid)
	if pids, err := g.Procs(); err != nil || !slices.Equal(pids, []int{cmd.Process.Pid}) {
		t.Errorf("in the group: %v, %v", pids, err)
	}
}

// What breaks the article's program: on v1 a PID written to tasks moves the
// main thread of a program alone.
func TestTasksMovesOneThread(t *testing.T) {
	g := testGroup(t, "memory")
	dir, version := g.Dir("memory")
	if version != V1 {
		t.Skip("v2 has no tasks file")
	}
	self := exec.Command("/proc/self/exe", "-test.run", "^TestHelperWaits$")
	self.Env = append(os.Environ(), "CGROUP_TEST_WAITS=1")
	stdin, err := self.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	defer self.Wait()
	defer stdin.Close()
	pid := self.Process.Pid
	var threads []os.DirEntry
	for end := time.Now().Add(10 * time.Second); len(threads) < 3 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		threads, _ = os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	}
	if err := Write(filepath.Join(dir, "tasks"), strconv.Itoa(pid)); err != nil {
		t.Fatal(err)
	}
	moved, err := os.ReadFile(filepath.Join(dir, "tasks"))
	if err != nil || strings.TrimSpace(string(moved)) != strconv.Itoa(pid) || len(threads) < 3 {
		t.Errorf("of %d threads, moved: %q, %v", len(threads), moved, err)
	}
}

// TestHelperWaits is the program that TestTasksMovesOneThread starts.
func TestHelperWaits(t *testing.T) {
	if os.Getenv("CGROUP_TEST_WAITS") == "" {
		t.Skip("only as a helper")
	}
	os.Stdin.Read(make([]byte, 1))
}

func TestTheLimitHoldsAndTheKillIsCounted(t *testing.T) {
	g := testGroup(t, "memory")
	if err := g.LimitMemory(8 << 20); err != nil {
		t.Fatal(err)
	}
	// tail keeps a line that never ends in memory.
	cmd := exec.Command("tail", "-n", "1", "/dev/zero")
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	if !stop.Stop() {
		t.Fatal("the load was not killed in 30 seconds")
	}
	if err == nil {
		t.Error("the load ended well")
	}
	if kills, err := g.OOMKills(); err != nil || kills != 1 {
		t.Errorf("OOMKills() = %d, %v, want 1", kills, err)
	}
	if peak, err := g.MemoryPeak(); err == nil && peak > 9<<20 {
		t.Errorf("the group had %d bytes, limited to %d", peak, 8<<20)
	}
}

func TestKillLeavesNobody(t *testing.T) {
	g := testGroup(t, "memory")
	var commands []*exec.Cmd
	for range 5 {
		cmd := exec.Command("sleep", "60")
		if err := g.Start(cmd); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, cmd)
		go cmd.Wait()
	}
	if err := g.Kill(); err != nil {
		t.Fatal(err)
	}
	if pids, err := g.Procs(); err != nil || len(pids) > 0 {
		t.Errorf("still in the group: %v, %v", pids, err)
	}
	_ = commands
}

// Each of the kernel's misleading answers comes with its cure, in both
// languages.
func TestErrorsCarryTheirCure(t *testing.T) {
	noFile := "subtree_control"
	if h, err := Find("memory"); err == nil && h.Version == V1 {
		noFile = "its own hierarchy's controllers"
	}
	for _, test := range []struct {
		name  string
		want  error
		cure  string
		doing func(t *testing.T) error
	}{
		{"EEXIST", syscall.EEXIST, "the name is taken", func(t *testing.T) error {
			return testGroup(t, "memory").Make()
		}},
		{"EBUSY, a process is inside", syscall.EBUSY, "still in it", func(t *testing.T) error {
			g := testGroup(t, "memory")
			if err := g.Add(sleeper(t).Process.Pid); err != nil {
				t.Fatal(err)
			}
			return g.Remove()
		}},
		{"ESRCH", syscall.ESRCH, "has ended", func(t *testing.T) error {
			cmd := exec.Command("true")
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			return testGroup(t, "memory").Add(cmd.Process.Pid)
		}},
		{"ENOENT", syscall.ENOENT, noFile, func(t *testing.T) error {
			dir, _ := testGroup(t, "memory").Dir("memory")
			return Write(filepath.Join(dir, "memory.nosuchfile"), "1")
		}},
		{"EACCES on a file that > would create", syscall.EACCES, noFile, func(t *testing.T) error {
			dir, _ := testGroup(t, "memory").Dir("memory")
			file := filepath.Join(dir, "memory.nosuchfile")
			return Explain("write", file, os.WriteFile(file, []byte("1"), 0o644))
		}},
		{"ENOSPC", syscall.ENOSPC, "cpuset.cpus and cpuset.mems", func(t *testing.T) error {
			if h, err := Find("cpuset"); err != nil || h.Version != V1 {
				t.Skip("no v1 cpuset here")
			}
			return testGroup(t, "cpuset").Add(sleeper(t).Process.Pid)
		}},
		{"EBUSY, v2: processes in the middle", syscall.EBUSY, "leaf", func(t *testing.T) error {
			g := testGroup(t, "memory")
			dir, version := g.Dir("memory")
			if version != V2 {
				t.Skip("a rule of v2")
			}
			if err := g.Add(sleeper(t).Process.Pid); err != nil {
				t.Fatal(err)
			}
			return Enabling{dir, "memory"}.Enable()
		}},
		{"EBUSY, v2: joining a group with controllers below", syscall.EBUSY, "use a child group", func(t *testing.T) error {
			g := testGroup(t, "memory")
			dir, version := g.Dir("memory")
			if version != V2 {
				t.Skip("a rule of v2")
			}
			if err := (Enabling{dir, "memory"}).Enable(); err != nil {
				t.Fatal(err)
			}
			return g.Add(sleeper(t).Process.Pid)
		}},
		{"ENOENT, the group is gone", syscall.ENOENT, "no such group", func(t *testing.T) error {
			g := testGroup(t, "memory")
			dir, _ := g.Dir("memory")
			if err := g.Remove(); err != nil {
				t.Fatal(err)
			}
			return Write(filepath.Join(dir, "memory.nosuchfile"), "1")
		}},
		{"EROFS", syscall.EROFS, "read-only here", readOnly},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.doing(t)
			if !errors.Is(err, test.want) {
				t.Fatalf("the kernel says %v, want %v", err, test.want)
			}
			if _, cure := lang.Explain(err, lang.English); !strings.Contains(cure, test.cure) {
				t.Errorf("the cure of %q is %q, want %q", err, cure, test.cure)
			}
			if _, cure := lang.Explain(err, lang.Chinese); cure == "" {
				t.Error("there is no cure in Chinese")
			}
		})
	}
}

// readOnly tries to make a group where an unprivileged container would.
func readOnly(t *testing.T) error {
	h, err := Find("memory")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("it takes root and the memory controller")
	}
	result := make(chan error)
	go func() { // on a thread that ends with it, and its mount namespace too
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNS)
		err = errors.Join(err, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		err = errors.Join(err, unix.Mount(h.Mount, h.Mount, "", unix.MS_BIND, ""))
		err = errors.Join(err, unix.Mount("", h.Mount, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
		if err == nil {
			dir := filepath.Join(h.Mount, "cgroup-test-read-only")
			err = Explain("mkdir", dir, os.Mkdir(dir, 0o755))
		}
		result <- err
	}()
	return <-result
}

// v1 wants memory.limit_in_bytes before memory.memsw.limit_in_bytes, which
// LimitMemory therefore writes in that order.
func TestV1WantsTheMemoryLimitFirst(t *testing.T) {
	g := testGroup(t, "memory")
	dir, version := g.Dir("memory")
	file := filepath.Join(dir, version.Names().SwapLimit)
	if _, err := os.Stat(file); version != V1 || err != nil {
		t.Skip("no v1 swap accounting here")
	}
	if err := Write(file, "8388608"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("memsw before the limit: %v, want EINVAL", err)
	}
	if err := g.LimitMemory(8 << 20); err != nil {
		t.Error(err)
	}
}

// Three ways of placing a child, each cold, as at a prompt, and warm.
func BenchmarkPlacing(b *testing.B) {
	g := testGroup(b, "memory")
	after := func(cmd *exec.Cmd) error {
		if err := cmd.Start(); err != nil {
			return err
		}
		return g.Add(cmd.Process.Pid)
	}
	outside := func(cmd *exec.Cmd) error { return cmd.Start() }
	for _, rest := range []struct {
		name  string
		sleep time.Duration
	}{{"cold", 150 * time.Millisecond}, {"warm", 0}} {
		for _, way := range []struct {
			name  string
			start func(*exec.Cmd) error
		}{{"in no group", outside}, {"cgroup.procs after the start", after}, {"born in the group", g.Start}} {
			b.Run(rest.name+"/"+way.name, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					time.Sleep(rest.sleep)
					cmd := exec.Command("cat")
					input, err := cmd.StdinPipe()
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					if err := way.start(cmd); err != nil {
						b.Fatal(err)
					}
					input.Close()
					if err := cmd.Wait(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
