//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A transcript collects what a lesson says while it says it.
type transcript struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}

// await waits until the lesson has said something.
func await(t *testing.T, said *transcript, words string, times int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Count(said.String(), words) >= times {
			return
		}
	}
	t.Fatalf("it did not say %q %d times:\n%s", words, times, said)
}

// Whatever ends a lesson, and wherever, nothing of it is left.
func TestASignalLeavesNothingBehind(t *testing.T) {
	needsRoot(t)
	for _, test := range []struct {
		signal syscall.Signal
		at     string // what the lesson has just said
	}{
		{syscall.SIGINT, "$ cat /proc/self/cgroup"},
		{syscall.SIGTERM, "$ mkdir cgroup-demo/cgroup1"},
		{syscall.SIGHUP, "$ kill -CONT"},
		{syscall.SIGINT, "$ while sleep"},
		{syscall.SIGTERM, "the gate is open"},
		{syscall.SIGQUIT, "naive.go, 10 runs"},
		{syscall.SIGINT, "escaped"},
		{syscall.SIGTERM, "cold ms"},
	} {
		t.Run(strings.Join(strings.Fields(test.signal.String()+" at "+test.at), " "), func(t *testing.T) {
			before := look(t)
			var said transcript
			cmd := lessonCommand(t, "--plain", "--auto", "--load", "builtin")
			cmd.Stdout, cmd.Stderr = &said, &said
			start(t, cmd)
			await(t, &said, test.at, 1)
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			wantStatus(t, said.String(), exitStatus(cmd.ProcessState), 128+int(test.signal))
			wantNoProcessOf(t, cmd.Process.Pid)
			wantUnchanged(t, before)
		})
	}
}

// start starts a lesson from a thread that outlives it: Pdeathsig goes by the
// thread.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	runtime.LockOSThread()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func TestAClosedPipeLeavesNothingBehind(t *testing.T) {
	needsRoot(t)
	before := look(t)
	cmd := lessonCommand(t, "--plain", "--auto", "--load", "builtin")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	if _, err := io.ReadFull(output, make([]byte, 3000)); err != nil {
		t.Fatal(err)
	}
	output.Close()
	cmd.Wait()
	wantStatus(t, "", exitStatus(cmd.ProcessState), 128+int(syscall.SIGPIPE))
	wantUnchanged(t, before)
}

// A step that fails ends the lesson with status 1, and cleans up: here a
// process that is not ours sits in a group that the lesson wants to remove.
func TestAFailingStepLeavesNothingBehind(t *testing.T) {
	needsRoot(t)
	before := look(t)
	var said transcript
	cmd := lessonCommand(t, "--plain", "--auto", "--load", "builtin", "--only", "limit-by-hand")
	cmd.Stdout, cmd.Stderr = &said, &said
	start(t, cmd)
	await(t, &said, "$ while sleep", 1)
	group := testDir(t, said.String())
	guest := exec.Command("sleep", "60")
	start(t, guest)
	defer func() { guest.Process.Kill(); guest.Wait() }()
	writePID(t, group, guest.Process.Pid)
	cmd.Wait()

	wantStatus(t, said.String(), exitStatus(cmd.ProcessState), 1)
	if !strings.Contains(said.String(), "a process, a zombie or a child group is still in it") {
		t.Errorf("the error does not carry its cure:\n%s", &said)
	}
	if err := guest.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the guest, which is not the lesson's, did not survive: %v", err)
	}
	wantUnchanged(t, before)
}

// testDir finds the group that the lesson has made in what it said.
func testDir(t *testing.T, said string) string {
	t.Helper()
	_, rest, found := strings.Cut(said, "$ mkdir /sys/")
	dir, _, _ := strings.Cut(rest, "\n")
	if !found {
		t.Fatalf("no mkdir in:\n%s", said)
	}
	return "/sys/" + dir
}

func writePID(t *testing.T, group string, pid int) {
	t.Helper()
	if err := os.WriteFile(group+"/cgroup.procs", fmt.Append(nil, pid), 0); err != nil {
		t.Fatal(err)
	}
}

// After SIGKILL at any moment nothing of the lesson runs on, and clean, or else
// the next lesson, takes back the rest.
func TestAfterSIGKILL(t *testing.T) {
	needsRoot(t)
	loads := []string{"builtin"}
	if _, err := exec.LookPath("stress"); err == nil {
		loads = append(loads, "stress")
	}
	random := rand.New(rand.NewPCG(1, 2))
	before := look(t)
	kills := 10
	if testing.Short() {
		kills = 4
	}
	for i := range kills {
		cmd := lessonCommand(t, "--plain", "--auto", "--load", loads[i%len(loads)])
		start(t, cmd)
		time.Sleep(time.Duration(random.Int64N(int64(5 * time.Second))))
		cmd.Process.Kill()
		cmd.Wait()

		if i%4 == 0 { // the next lesson works at once, and cleans up for both
			output, status := runLesson(t, "--plain", "--auto", "--load", "builtin", "--mem", "8m", "--only", "undo")
			wantStatus(t, output, status, 0)
		} else {
			output, status := runLesson(t, "clean")
			wantStatus(t, output, status, 0)
		}
		wantNoProcessOf(t, cmd.Process.Pid)
		wantUnchanged(t, before)
	}
}

// systemd makes / a shared mount: what is mounted in a copy of the mount
// namespace would appear on the host as well. So the same in such a world: a
// namespace of this test's own, made shared.
func TestOnASharedRootTheHostsMountsStay(t *testing.T) {
	needsRoot(t)
	done := make(chan bool)
	go func() { // on a thread that ends with it, and its namespace too
		defer close(done)
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			t.Error(err)
			return
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Error(err)
			return
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
			t.Error(err)
			return
		}
		before, err := os.ReadFile("/proc/thread-self/mountinfo")
		if err != nil {
			t.Error(err)
			return
		}
		output, status := runLesson(t, "--plain", "--auto", "--load", "builtin", "--mem", "20m")
		if status != 0 {
			t.Errorf("exit status %d:\n%s", status, output)
		}
		after, err := os.ReadFile("/proc/thread-self/mountinfo")
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("the mounts have changed (%v):\n%s\n%s", err, before, after)
		}
		if _, err := os.Readlink("/proc/self"); err != nil {
			t.Error("/proc is covered:", err)
		}
	}()
	<-done
}

// At a terminal the lesson waits after each step, draws the usage in colour,
// and leaves the terminal as it was.
func TestAtATerminal(t *testing.T) {
	needsRoot(t)
	const waits = "clean up and end > "
	for _, test := range []struct {
		name   string
		keys   []string // after each step
		status int
		said   string
	}{
		{"Enter to the end", []string{"\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n"}, 0, "each proven by the kernel"},
		{"q in the middle", []string{"\n", "\n", "q\n"}, 0, "Cleaning up"},
		{"Ctrl-C in the middle", []string{"\n", "\n", "\x03"}, 130, "Cleaning up"},
		{"Ctrl-D in the middle", []string{"\n", "\n", "\x04"}, 0, "Cleaning up"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := look(t)
			cmd := lessonCommand(t, "--load", "builtin")
			terminal, said := atTerminal(t, cmd, 80)
			modes := terminalModes(t, terminal)
			for i, key := range test.keys {
				await(t, said, waits, i+1)
				if _, err := terminal.WriteString(key); err != nil {
					t.Fatal(err)
				}
			}
			cmd.Wait()
			wantStatus(t, said.String(), exitStatus(cmd.ProcessState), test.status)
			await(t, said, test.said, 1)
			if !strings.Contains(said.String(), "\x1b[") {
				t.Error("no colour at a terminal")
			}
			if terminalModes(t, terminal) != modes {
				t.Error("the terminal's modes have changed")
			}
			wantNoProcessOf(t, cmd.Process.Pid)
			wantUnchanged(t, before)
		})
	}
}

// Ctrl-C while a load runs ends the load as well.
func TestCtrlCWhileALoadRuns(t *testing.T) {
	needsRoot(t)
	before := look(t)
	cmd := lessonCommand(t, "--load", "builtin", "--only", "limit-by-hand")
	terminal, said := atTerminal(t, cmd, 60)
	await(t, said, "MiB / 100 MiB", 5)
	if _, err := terminal.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	wantStatus(t, said.String(), exitStatus(cmd.ProcessState), 130)
	wantNoProcessOf(t, cmd.Process.Pid)
	wantUnchanged(t, before)
}

// atTerminal starts a lesson at a terminal of so many columns.
func atTerminal(t *testing.T, cmd *exec.Cmd, columns uint16) (*os.File, *transcript) {
	t.Helper()
	runtime.LockOSThread()
	cmd.SysProcAttr = nil // pty sets its own
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	said := &transcript{}
	go io.Copy(said, terminal)
	t.Cleanup(func() {
		cmd.Process.Kill()
		terminal.Close()
	})
	return terminal, said
}

func terminalModes(t *testing.T, terminal *os.File) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}
