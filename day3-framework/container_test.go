//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
)

// command returns mydocker, which is this test program under its name.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "mydocker" // TestMain goes by this
	cmd.Env = append(os.Environ(), "LANG=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// eventually waits until it holds, ten seconds at most.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("never happened: " + what)
}

// alive lists the host's processes that have this argument, or these with a NUL
// between them, on their command line. A whole argument: a PID or a size may have
// the same digits.
func alive(word string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(slices.Concat([]byte{0}, line), []byte("\x00"+word+"\x00")) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// noNohup has what the test starts not ignore SIGHUP, even where the tests run
// under nohup(1): Go resets for a child what it handles itself.
func noNohup(t *testing.T) {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
}

func TestSignalsReachTheCommand(t *testing.T) {
	noNohup(t)
	needRoot(t)
	leavesNothing(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGABRT} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd := command(t, "run", "--rootfs", needRootfs(t), "sh", "-c",
				"trap 'echo caught; exit 9' TERM INT HUP USR1 ABRT; echo ready; while true; do sleep 0.05; done")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line := make([]byte, 6)
			io.ReadFull(out, line)
			cmd.Process.Signal(signal)
			rest, _ := io.ReadAll(out)
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != 9 || string(rest) != "caught\n" {
				t.Errorf("exit status %d, output %q, want 9 and caught", got, rest)
			}
		})
	}
}

// All that docker's --sig-proxy passes on arrive: all but those that can't be caught
// and CHLD, PIPE, URG, and what Go keeps for itself; and none ends mydocker with a traceback.
func TestEverySignalIsPassedOn(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for number := syscall.Signal(1); number <= 64; number++ {
		switch number {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGPROF, syscall.SIGTTIN, syscall.SIGTTOU, 32, 33, 34:
			continue
		}
		t.Run(fmt.Sprint(int(number)), func(t *testing.T) {
			if number == syscall.SIGHUP {
				noNohup(t)
			} else {
				t.Parallel()
			}
			cmd := command(t, "run", "--rootfs", needRootfs(t), "sh", "-c",
				fmt.Sprintf("trap 'echo caught; exit 9' %d; echo ready; i=0; while [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done", number))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			io.ReadFull(out, make([]byte, 6))
			ended := make(chan struct{})
			go func() { // the last of them are asked for while the container starts
				for {
					cmd.Process.Signal(number)
					select {
					case <-ended:
						return
					case <-time.After(time.Second):
					}
				}
			}()
			rest, _ := io.ReadAll(out)
			close(ended)
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != 9 || string(rest) != "caught\n" || said.Len() > 0 {
				t.Errorf("exit status %d, output %q, want 9 and caught; %s", got, rest, &said)
			}
		})
	}
}

// A caller's real-time policy does not get in: on cgroup v1 it could not enter the
// cpu controller's group.
func TestARealTimeCallersPolicyStaysOutside(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	if out, err := exec.Command("chrt", "-f", "1", "true").CombinedOutput(); err != nil {
		t.Skipf("chrt: %v: %s", err, out)
	}
	cmd := command(t, "run", "--cpus", "1", "--rootfs", needRootfs(t), "cat", "/proc/self/stat")
	link := filepath.Join(t.TempDir(), "mydocker")
	if err := os.Symlink(cmd.Path, link); err != nil {
		t.Fatal(err)
	}
	for _, policy := range []string{"-f", "-r"} {
		real := exec.Command("chrt", append([]string{policy, "1", link}, cmd.Args[1:]...)...)
		out, err := real.CombinedOutput()
		if fields := strings.Fields(string(out)); err != nil || len(fields) < 41 || fields[40] != "0" { // policy, proc_pid_stat(5)
			t.Errorf("chrt %s: %v: %s", policy, err, out)
		}
	}
}

func TestThirdInterruptEndsAContainerThatTakesNoNotice(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	cmd := command(t, "run", "--rootfs", needRootfs(t), "sleep", "4711")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the container's sleep", func() bool { return len(alive("sleep\x004711")) > 1 })
	for range 3 {
		time.Sleep(200 * time.Millisecond)
		cmd.Process.Signal(os.Interrupt)
	}
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 137 {
		t.Errorf("exit status %d, want 137", got)
	}
}

func TestHalfACPUIsHalfACPU(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	cmd := command(t, "run", "--name", "half", "--cpus", "0.5", "--rootfs", needRootfs(t), "sh", "-c", "while true; do :; done")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait(); sweep(t) }()
	group, err := cgroup.New("mydocker/half", cgroup.Limits{CPUs: 0.5}.Controllers()...)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "CPU time is used", func() bool { used, err := group.CPUTime(); return err == nil && used > 100*time.Millisecond })
	before, _ := group.CPUTime()
	begin := time.Now()
	time.Sleep(2 * time.Second)
	after, err := group.CPUTime()
	if err != nil {
		t.Fatal(err)
	}
	share := float64(after-before) / float64(time.Since(begin))
	t.Logf("used %.2f of a CPU", share)
	if share < 0.3 || share > 0.6 { // below: a busy machine
		t.Errorf("used %.2f of a CPU, want 0.5", share)
	}
}

func sweep(t testing.TB) {
	t.Helper()
	if out, err := command(t, "clean").CombinedOutput(); err != nil {
		t.Errorf("clean: %v: %s", err, out)
	}
}

func TestNothingLivesAfterTheParentWasKilled(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for i := range 30 {
		cmd := command(t, "run", "--name", "killed", "-m", "50m", "--rootfs", needRootfs(t), "sh", "-c", "sleep 4712 & sleep 4712")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(40 * time.Millisecond))))
		cmd.Process.Kill()
		cmd.Wait()
		eventually(t, "the container's end", func() bool { return len(alive("4712")) == 0 })
		if i%2 == 0 {
			sweep(t)
		}
		out, err := command(t, "run", "--name", "killed", "-m", "50m", "--rootfs", needRootfs(t), "echo", "again").CombinedOutput()
		if err != nil || string(out) != "again\n" {
			t.Fatalf("the next run: %v: %s", err, out)
		}
	}
	sweep(t)
}

// A killed mydocker that its parent has not reaped yet still has its PID.
func TestTheNextRunOfANameWhoseRunIsAZombie(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	cmd := command(t, "run", "--name", "unreaped", "--rootfs", needRootfs(t), "sleep", "4714")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command's start", func() bool { return len(alive("4714")) == 2 }) // mydocker and sleep
	cmd.Process.Kill()
	eventually(t, "the container's end", func() bool { return len(alive("4714")) == 0 })
	out, err := command(t, "run", "--name", "unreaped", "--rootfs", needRootfs(t), "echo", "again").CombinedOutput()
	if err != nil || string(out) != "again\n" {
		t.Errorf("the next run: %v: %s", err, out)
	}
	cmd.Wait()
}

// The next run, of whatever name, takes back what a killed one left: also a
// process that the kernel no longer kills with it, because it has changed its user.
func TestTheNextRunTakesBackWhatAKilledOneLeft(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	asNobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	if out, err := exec.Command(asNobody[0], append(asNobody[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("setpriv, which busybox has with fewer options: %v: %s", err, out)
	}
	cmd := command(t, append(append([]string{"run", "--name", "left"}, asNobody...), "sleep", "4797")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group, err := cgroup.New("mydocker/left", "memory")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the container's sleep", func() bool {
		pids, err := cgroup.Procs(group.Dirs()[0])
		return err == nil && len(pids) == 1 && strings.Contains(strings.Join(alive("sleep\x004797"), " "), fmt.Sprint(pids[0]))
	})
	cmd.Process.Kill()
	cmd.Wait()
	if out, err := command(t, "run", "--name", "another", "true").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(group.Dirs()[0]); err == nil {
		t.Error("the group is still there")
	}
	eventually(t, "the end of the process", func() bool { return len(alive("sleep\x004797")) == 0 })
}

// A reader that goes away does not keep mydocker from cleaning up.
func TestOutputThatNobodyReads(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for _, args := range [][]string{
		{"run", "--rootfs", needRootfs(t), "yes"},
		{"run", "-t", "--rootfs", needRootfs(t), "yes"},
		{"run", "--narrate", "--rootfs", needRootfs(t), "true"},
	} {
		cmd := command(t, args...)
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = write, write
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		write.Close()
		read.Read(make([]byte, 1))
		read.Close()
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			cmd.Process.Kill()
			t.Errorf("%q did not end", args)
		}
	}
}

// Where nobody reads on, output that is copied stands still, and with it whoever
// waits for its end; but not somebody who insists.
func TestInsistingWhereOutputStandsStill(t *testing.T) {
	needRoot(t)
	for name, args := range map[string][]string{
		"a terminal":                  {"-t", "--rootfs", needRootfs(t), "yes"},
		"two files, of which one":     {"--rootfs", needRootfs(t), "sh", "-c", "echo; exec yes >&2"},
		"a command that ended itself": {"--rootfs", needRootfs(t), "sh", "-c", "head -c 200000 /dev/zero >&2"},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			cmd := command(t, append([]string{"run"}, args...)...)
			read, standing := fifo(t), fifo(t)
			go io.Copy(io.Discard, read)
			cmd.Stdout, cmd.Stderr = read, standing
			if args[0] == "-t" {
				cmd.Stdout = standing
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // it is full
			ended := make(chan struct{})
			go func() { cmd.Wait(); close(ended) }()
			for range 3 {
				cmd.Process.Signal(syscall.SIGTERM)
				time.Sleep(100 * time.Millisecond)
			}
			select {
			case <-ended:
				if cmd.ProcessState.ExitCode() == 0 {
					t.Error("output was dropped, and the exit status is 0")
				}
			case <-time.After(20 * time.Second):
				cmd.Process.Kill()
				t.Error("it did not end")
				sweep(t)
			}
		})
	}
}

// fifo returns a pipe with a name, open at both ends, fifo(7).
func fifo(t *testing.T) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// A socket stays in the network namespace in which it was made: passed on, it would
// lead out of the container.
func TestASocketStaysOutside(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer ours.Close()
	cmd := command(t, "run", "-i", "--rootfs", needRootfs(t), "sh", "-c", "readlink /proc/self/fd/0 /proc/self/fd/1; cat")
	cmd.Stdin, cmd.Stdout = theirs, theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	ours.WriteString("through\n")
	unix.Shutdown(pair[0], unix.SHUT_WR)
	out, _ := io.ReadAll(ours)
	if err := cmd.Wait(); err != nil || strings.Contains(string(out), "socket") || !strings.HasSuffix(string(out), "through\n") {
		t.Errorf("%v: %q", err, out)
	}
}

// Init leaves its caller's group, and the kernel then forgets with whom it is to die.
func TestNothingLivesAfterAParentInAnotherGroupWasKilled(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	cmd := command(t, "run", "--rootfs", needRootfs(t), "sleep", "4715")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 0, Gid: 27}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the container's sleep", func() bool { return len(alive("sleep\x004715")) > 1 })
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the container's end", func() bool { return len(alive("4715")) == 0 })
	sweep(t)
}

// Of the CPUs that were asked for, taskset(1) has no say.
func TestTheCallersAffinityIsNotTheContainers(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	var had, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &had); err != nil {
		t.Fatal(err)
	}
	if had.Count() < 2 || !had.IsSet(0) || !had.IsSet(1) {
		t.Skip("it takes the CPUs 0 and 1")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	one.Set(0)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	defer unix.SchedSetaffinity(0, &had)
	out, err := command(t, "run", "--cpuset-cpus", "0-1", "--rootfs", needRootfs(t), "grep", "Cpus_allowed_list", "/proc/self/status").CombinedOutput()
	if want := "Cpus_allowed_list:\t0-1\n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

func TestTwoHundredAtOnce(t *testing.T) {
	needRoot(t)
	if testing.Short() {
		t.Skip("600 containers")
	}
	leavesNothing(t)
	dir := needRootfs(t)
	for range 3 {
		begin := time.Now()
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				out, err := command(t, "run", "-m", "20m", "--rootfs", dir, "echo", fmt.Sprint(i)).CombinedOutput()
				if err != nil || strings.TrimSpace(string(out)) != fmt.Sprint(i) {
					t.Errorf("container %d: %v: %s", i, err, out)
				}
			})
		}
		all.Wait()
		t.Logf("200 containers in %v", time.Since(begin))
	}
}

func TestInheritedFilesStayOutside(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	root, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	cmd := command(t, "run", "--rootfs", needRootfs(t), "sh", "-c", "ls /proc/self/fd; ls /proc/self/fd/3/ /proc/1/fd/3/ /proc/self/fd/9/ 2>/dev/null")
	cmd.ExtraFiles = []*os.File{root, root, root, root, root, root, root, root}
	out, err := cmd.Output()
	if strings.Contains(string(out), "etc") || err == nil {
		t.Errorf("the host's root is visible: %v: %s", err, out)
	}
	made := filepath.Join(t.TempDir(), "made-by-the-container")
	host, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"run", "-w", "/proc/self/fd/9" + made, "--rootfs", needRootfs(t), "true"},
		{"run", "--rootfs", needRootfs(t), "/proc/self/fd/9" + host},
	} {
		cmd := command(t, args...)
		cmd.ExtraFiles = []*os.File{root, root, root, root, root, root, root, root}
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%q reached the host: %s", args, out)
		}
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("a directory was made on the host")
	}
	for _, fd := range []string{"4", "9"} {
		cmd := command(t, "run", "-w", "/proc/self/fd/"+fd, "--rootfs", needRootfs(t), "sh", "-c", "ls; cat ../etc/passwd")
		cmd.ExtraFiles = []*os.File{root, root, root, root, root, root, root, root}
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 125 {
			t.Errorf("workdir on an inherited file: %v: %s", err, out)
		}
	}
}

// TestHostWithASharedRootIsUnharmed has the machine that most learners have:
// systemd makes / shared, and a careless container mounts its proc on it.
func TestHostWithASharedRootIsUnharmed(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"", "--rootfs " + needRootfs(t)} {
		script := `mount --make-rshared / && cat /proc/self/mountinfo >$DIR/before &&
			ln -sf "$SELF" $DIR/mydocker && $DIR/mydocker run ` + root + ` sh -c 'exit 5'; status=$?
			cat /proc/self/mountinfo >$DIR/after; readlink /proc/self >/dev/null || exit 3
			cmp $DIR/before $DIR/after || exit 4; exit $status`
		cmd := exec.Command("unshare", "-m", "--propagation", "private", "sh", "-c", script)
		cmd.Env = append(os.Environ(), "SELF="+self, "DIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 5 {
			t.Errorf("%q: %v: %s", root, err, out)
		}
	}
}

func TestRlimitsAreUntouched(t *testing.T) {
	needRoot(t)
	want, err := exec.Command("sh", "-c", "ulimit -n; ulimit -Hn").Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := command(t, "run", "--rootfs", needRootfs(t), "sh", "-c", "ulimit -n; ulimit -Hn").Output()
	if err != nil || string(got) != string(want) {
		t.Errorf("%v: %q inside, %q outside", err, got, want)
	}
}
