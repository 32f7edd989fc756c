//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/ledger"
)

// The tests run the lesson as a program of its own: this test binary, which
// plays the lesson's main where asTheLesson is set. So they also run where
// there is no go command.
const asTheLesson = "DAY2_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asTheLesson) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// lessonCommand returns the command that runs the lesson with these arguments.
func lessonCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asTheLesson+"=1", "LC_ALL=C", "TERM=xterm", "TMPDIR="+temporary(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// runLesson runs the lesson to its end and returns both outputs and the exit
// status, 128+n for signal n.
func runLesson(t *testing.T, args ...string) (string, int) {
	t.Helper()
	return runCommand(t, lessonCommand(t, args...))
}

func runCommand(t *testing.T, cmd *exec.Cmd) (string, int) {
	t.Helper()
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(output), exitStatus(cmd.ProcessState)
}

func wantStatus(t *testing.T, output string, got, want int) {
	t.Helper()
	if got != want {
		t.Fatalf("exit status %d, want %d; it said:\n%s", got, want, output)
	}
}

// needsRoot skips a test where the lesson can't run.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to mount and to make groups")
	}
	if _, err := cgroup.Find("memory"); err != nil {
		t.Skip(err)
	}
}

// A machine is what a lesson must leave as it found it.
type machine struct {
	host.State
	hierarchies []string // in /proc/self/cgroup, without their numbers
	temporary   []string // directories of ours
	ledgers     []string
}

func look(t *testing.T) machine {
	t.Helper()
	var m machine
	var err error
	if m.State, err = host.Snapshot(); err != nil {
		t.Fatal(err)
	}
	// Groups of other programs than this one come and go.
	m.Cgroups = slices.DeleteFunc(m.Cgroups, func(dir string) bool { return !strings.Contains(dir, "cgroup-demo") })
	lines, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		_, rest, _ := strings.Cut(line, ":")
		m.hierarchies = append(m.hierarchies, strings.TrimSpace(rest))
	}
	m.temporary = glob(t, filepath.Join(temporary(t), "*"))
	for _, file := range glob(t, filepath.Join(ledger.Dir(), "run-*")) {
		if entries, err := os.ReadFile(file); err == nil && strings.Contains(string(entries), "cgroup-demo") {
			m.ledgers = append(m.ledgers, file)
		}
	}
	return m
}

// temporary is the directory that stands for /tmp in a test's lessons.
func temporary(t *testing.T) string {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	dir := filepath.Join(os.TempDir(), "day2-test-"+name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) }) // which fails, and so tells, if something is left in it
	return dir
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantUnchanged compares the machine with how it was.
func wantUnchanged(t *testing.T, before machine) {
	t.Helper()
	after := look(t)
	if changes := before.Changes(after.State); len(changes) > 0 {
		t.Errorf("the machine has changed:\n%s", strings.Join(changes, "\n"))
	}
	for what, pair := range map[string][2][]string{
		"hierarchies":           {before.hierarchies, after.hierarchies},
		"temporary directories": {before.temporary, after.temporary},
		"ledgers":               {before.ledgers, after.ledgers},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s before: %q, after: %q", what, pair[0], pair[1])
		}
	}
}

// wantNoProcessOf fails if a process that the lesson with this PID started is
// alive a moment after the lesson's end.
func wantNoProcessOf(t *testing.T, lesson int) {
	t.Helper()
	var alive []string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if alive = processesOf(lesson); len(alive) == 0 {
			return
		}
	}
	t.Errorf("still alive: %s", strings.Join(alive, ", "))
}

// processesOf lists the processes whose environment says that they are of this
// lesson. A zombie has no environment any more.
func processesOf(lesson int) (alive []string) {
	marker := fmt.Appendf(nil, "%s=%d\x00", ledger.Marker, lesson)
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environs {
		if environ, err := os.ReadFile(file); err == nil && bytes.Contains(environ, marker) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			alive = append(alive, filepath.Dir(file)+" "+string(bytes.ReplaceAll(command, []byte{0}, []byte(" "))))
		}
	}
	return alive
}
