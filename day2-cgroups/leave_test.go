//go:build linux

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	. "mydocker.example/shared/lesson/lessontest"
)

// Whatever ends a lesson, and wherever, nothing of it is left.
func TestASignalLeavesNothingBehind(t *testing.T) {
	NeedsRoot(t)
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
			var said Transcript
			cmd := Command(t, "--plain", "--auto", "--load", "builtin")
			cmd.Stdout, cmd.Stderr = &said, &said
			Start(t, cmd)
			said.Await(t, test.at, 1)
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			WantStatus(t, said.String(), ExitStatus(cmd), 128+int(test.signal))
			WantNoProcessOf(t, cmd.Process.Pid)
			wantUnchanged(t, before)
		})
	}
}

func TestAClosedPipeLeavesNothingBehind(t *testing.T) {
	NeedsRoot(t)
	before := look(t)
	cmd := Command(t, "--plain", "--auto", "--load", "builtin")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	Start(t, cmd)
	if _, err := io.ReadFull(output, make([]byte, 3000)); err != nil {
		t.Fatal(err)
	}
	output.Close()
	cmd.Wait()
	WantStatus(t, "", ExitStatus(cmd), 128+int(syscall.SIGPIPE))
	wantUnchanged(t, before)
}

// A step that fails ends the lesson with status 1, and cleans up: here a
// process that is not ours sits in a group that the lesson wants to remove.
func TestAFailingStepLeavesNothingBehind(t *testing.T) {
	NeedsRoot(t)
	before := look(t)
	var said Transcript
	cmd := Command(t, "--plain", "--auto", "--load", "builtin", "--only", "limit-by-hand")
	cmd.Stdout, cmd.Stderr = &said, &said
	Start(t, cmd)
	said.Await(t, "$ while sleep", 1)
	group := testDir(t, said.String())
	guest := exec.Command("sleep", "60")
	Start(t, guest)
	defer func() { guest.Process.Kill(); guest.Wait() }()
	writePID(t, group, guest.Process.Pid)
	cmd.Wait()

	WantStatus(t, said.String(), ExitStatus(cmd), 1)
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
	NeedsRoot(t)
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
		cmd := Command(t, "--plain", "--auto", "--load", loads[i%len(loads)])
		Start(t, cmd)
		time.Sleep(time.Duration(random.Int64N(int64(5 * time.Second))))
		cmd.Process.Kill()
		cmd.Wait()

		if i%4 == 0 { // the next lesson works at once, and cleans up for both
			output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--mem", "8m", "--only", "undo")
			WantStatus(t, output, status, 0)
		} else {
			output, status := Run(t, "clean")
			WantStatus(t, output, status, 0)
		}
		WantNoProcessOf(t, cmd.Process.Pid)
		wantUnchanged(t, before)
	}
}

func TestOnASharedRootTheHostsMountsStay(t *testing.T) {
	NeedsRoot(t)
	OnASharedRoot(t, func() {
		output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--mem", "20m")
		if status != 0 {
			t.Errorf("exit status %d:\n%s", status, output)
		}
	})
}

// At a terminal the lesson waits, draws the usage in colour, and leaves the terminal as
// it was. What every key does is tested with a smaller lesson.
func TestAtATerminal(t *testing.T) {
	NeedsRoot(t)
	t.Setenv("SHELL", "/bin/sh")
	atQuestion := func(key string) func(bool) string {
		return func(question bool) string {
			if question {
				return key
			}
			return "\n"
		}
	}
	questions := 0
	for _, test := range []struct {
		name   string
		choose func(question bool) string
		status int
		said   string
	}{
		{"Enter to the end", atQuestion("\n"), 0, "each proven by the kernel"},
		{"q at a question", atQuestion("q\n"), 0, "Cleaning up"},
		{"Ctrl-C at a question", atQuestion("\x03"), 130, "Cleaning up"},
		{"Ctrl-D at a question", atQuestion("\x04"), 0, "Cleaning up"},
		{"a step again, behind its question", func(question bool) string {
			switch {
			case question:
				questions++
			case questions == 1:
				return "r"
			case questions > 1:
				return "q"
			}
			return "\n"
		}, 0, "First its traces are taken back"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := look(t)
			cmd := Command(t, "--load", "builtin")
			terminal, said := AtTerminal(t, cmd, 80)
			modes := FreshModes(t)
			PressBy(t, terminal, said, cmd, test.choose)
			WantStatus(t, said.String(), ExitStatus(cmd), test.status)
			said.Await(t, test.said, 1)
			if !strings.Contains(said.String(), "\x1b[") {
				t.Error("no colour at a terminal")
			}
			if TerminalModes(t, terminal) != modes {
				t.Error("the terminal's modes have changed")
			}
			WantNoProcessOf(t, cmd.Process.Pid)
			wantUnchanged(t, before)
		})
	}
}

// A shell on the spot sees the hierarchy that the rest of the machine does not.
func TestTheShellIsWhereTheLessonIs(t *testing.T) {
	NeedsRoot(t)
	t.Setenv("SHELL", "/bin/sh")
	before := look(t)
	cmd := Command(t, "--from", "child-cgroup", "--load", "builtin", "--mem", "20m")
	terminal, said := AtTerminal(t, cmd, 80)
	for pause := 1; pause <= 2; pause++ { // the question of the step that comes first, and the words
		said.AwaitPause(t, pause)
		terminal.WriteString("\n")
	}
	said.AwaitPause(t, 3)
	terminal.WriteString("s")
	said.Await(t, "exit comes back", 1)
	terminal.WriteString("test -e cgroup-demo/tasks && echo seen $((6*7)); mkdir -p cgroup-demo/mine/deeper; exit\n")
	said.AwaitPause(t, 4)
	if !strings.Contains(said.String(), "seen 42") {
		t.Errorf("the shell does not see the hierarchy:\n%s", said)
	}
	// What the learner has made there goes too, and is no reason to fail.
	terminal.WriteString("\n")
	Press(t, terminal, said, cmd, "\n")
	WantStatus(t, said.String(), ExitStatus(cmd), 0)
	said.Await(t, "rmdir cgroup-demo/mine/deeper", 1)
	wantUnchanged(t, before)
}

// Ctrl-C while a load runs ends the load as well.
func TestCtrlCWhileALoadRuns(t *testing.T) {
	NeedsRoot(t)
	before := look(t)
	cmd := Command(t, "--load", "builtin", "--only", "limit-by-hand")
	terminal, said := AtTerminal(t, cmd, 60)
	ended := make(chan bool)
	go func() { defer close(ended); Press(t, terminal, said, cmd, "\n") }()
	said.Await(t, "MiB / 100.0 MiB", 5)
	if _, err := terminal.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	<-ended
	WantStatus(t, said.String(), ExitStatus(cmd), 130)
	WantNoProcessOf(t, cmd.Process.Pid)
	wantUnchanged(t, before)
}

// For a class, a command that says nothing is seen to have been done.
func TestPresentedSilence(t *testing.T) {
	NeedsRoot(t)
	cmd := Command(t, "--present", "--only", "mount-hierarchy")
	terminal, said := AtTerminal(t, cmd, 80)
	Press(t, terminal, said, cmd, " ")
	WantStatus(t, said.String(), ExitStatus(cmd), 0)
	if n := strings.Count(said.String(), "without a word"); n != 3 {
		t.Errorf("of unshare, mkdir and mount %d are said to be done", n)
	}
}

// Nothing scrolls away that was not there to be read.
func TestScreens(t *testing.T) {
	NeedsRoot(t)
	if testing.Short() {
		t.Skip("it is slow where the machine is emulated")
	}
	ReplayAll(t, true, Command, "--load", "builtin", "--mem", "20m")
}
