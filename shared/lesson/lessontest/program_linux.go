package lessontest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/ledger"
)

// asTheLesson is set for a test binary that is to play its chapter's main. The
// lesson thus runs as a program of its own even where there is no go command.
const asTheLesson = "LESSONTEST_RUNS_MAIN"

// Main is a chapter's TestMain: it runs the tests or, for Command, the chapter.
func Main(m *testing.M, main func()) {
	if os.Getenv(asTheLesson) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// RunAsLesson makes what this test starts through /proc/self/exe play main.
func RunAsLesson(t *testing.T) { t.Setenv(asTheLesson, "1") }

// Command returns the command that runs the lesson with these arguments.
func Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[0] = filepath.Base(folder) // as go run names the program
	cmd.Env = append(os.Environ(), asTheLesson+"=1", "LC_ALL=C", "TERM=xterm", "TMPDIR="+temporary(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Run runs the lesson to its end and returns what it printed and its exit
// status, 128+n for signal n.
func Run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	return Finish(t, Command(t, args...))
}

// Finish runs a command as Run does.
func Finish(t *testing.T, cmd *exec.Cmd) (string, int) {
	t.Helper()
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(output), ExitStatus(cmd)
}

// ExitStatus returns how a command ended, as a shell says it.
func ExitStatus(cmd *exec.Cmd) int {
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// WantStatus ends the test where the exit status is not the one wanted.
func WantStatus(t *testing.T, output string, got, want int) {
	t.Helper()
	if got != want {
		t.Fatalf("exit status %d, want %d; it said:\n%s", got, want, output)
	}
}

// NeedsRoot skips a test where a lesson on cgroups can't run.
func NeedsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to mount and to make groups")
	}
	if _, err := cgroup.Find("memory"); err != nil {
		t.Skip(err)
	}
}

// A Machine is what a lesson must leave as it found it.
type Machine struct {
	host.State
	facts map[string][]string
}

// NoGroup is for Look the word of a chapter that makes no groups, but queues.
const NoGroup = "no group has this name"

// Look reads the state of the machine. Of the groups, hierarchies and ledgers,
// which other chapters' tests make at the same time, it takes those whose names
// have word in them, and the queues for NoGroup alone.
func Look(t *testing.T, word string) Machine {
	t.Helper()
	state, err := host.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	state.Cgroups = slices.DeleteFunc(state.Cgroups, func(dir string) bool { return !strings.Contains(dir, word) })
	m := Machine{State: state, facts: map[string][]string{
		"temporary files": glob(t, filepath.Join(temporary(t), "mydocker-[0-9]*")), // an ordinary user's ledgers are here too
		"interfaces":      glob(t, "/sys/class/net/*"),
		"host name":       read(t, "/proc/sys/kernel/hostname"),
	}}
	for _, line := range read(t, "/proc/self/cgroup") {
		_, rest, _ := strings.Cut(line, ":") // the number is another each time
		if !strings.HasPrefix(rest, "name=") || strings.Contains(rest, word) {
			m.facts["hierarchies"] = append(m.facts["hierarchies"], rest)
		}
	}
	if word == NoGroup {
		m.facts["message queues"] = read(t, "/proc/sysvipc/msg")
	}
	for _, file := range glob(t, filepath.Join(ledger.Dir(), "run-*")) {
		if entries, err := os.ReadFile(file); err == nil && strings.Contains(string(entries), word) {
			m.facts["ledgers"] = append(m.facts["ledgers"], file)
		}
	}
	return m
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// temporary is the directory that stands for /tmp in a test's lessons. Another
// chapter's test of the same name, at the same time, has another one.
func temporary(t *testing.T) string {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("lessontest-%d-%s", os.Getpid(), name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// WantUnchanged compares the machine with how it was.
func WantUnchanged(t *testing.T, before Machine, word string) {
	t.Helper()
	after := Look(t, word)
	if changes := before.Changes(after.State); len(changes) > 0 {
		t.Errorf("the machine has changed:\n%s", strings.Join(changes, "\n"))
	}
	for what, was := range before.facts {
		if is := after.facts[what]; !slices.Equal(was, is) {
			t.Errorf("%s before: %q, after: %q", what, was, is)
		}
	}
	if is := after.facts["ledgers"]; len(is) > len(before.facts["ledgers"]) {
		t.Errorf("ledgers that are left: %q", is)
	}
}

// WantNoProcessOf fails if a process that the lesson with this PID started is
// alive a moment after the lesson's end.
func WantNoProcessOf(t *testing.T, lesson int) {
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

// A Transcript collects what a lesson says while it says it.
type Transcript struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (t *Transcript) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.Write(p)
}

func (t *Transcript) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}

// Patience is how long a lesson may take to say something; an emulated machine is slow.
var Patience = 2 * time.Minute

// Await waits until the lesson has said something so many times.
func (said *Transcript) Await(t *testing.T, words string, times int) {
	t.Helper()
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Count(said.String(), words) >= times {
			return
		}
	}
	t.Fatalf("it did not say %q %d times:\n%s", words, times, said)
}

// Start starts a command from a thread that stays: a parent's death signal goes
// by the thread.
func Start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	runtime.LockOSThread()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// AtTerminal starts a command at a terminal of so many columns.
func AtTerminal(t *testing.T, cmd *exec.Cmd, columns uint16) (*os.File, *Transcript) {
	t.Helper()
	return AtTerminalOf(t, cmd, 40, columns)
}

// AtTerminalOf starts a command at a terminal of this size.
func AtTerminalOf(t *testing.T, cmd *exec.Cmd, rows, columns uint16) (*os.File, *Transcript) {
	t.Helper()
	cmd.SysProcAttr = nil // pty sets its own
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	said := &Transcript{}
	go io.Copy(said, terminal)
	t.Cleanup(func() {
		cmd.Process.Kill()
		terminal.Close()
	})
	return terminal, said
}

// prompts is how the lines end at which a lesson waits.
var prompts = regexp.MustCompile(`(\? help|\? 帮助|Enter: no guess|回车：不猜|the lesson|课里|Enter: no|回车：不了) > `)

// Pauses counts how often the lesson has waited.
func (said *Transcript) Pauses() int { return len(prompts.FindAllString(said.String(), -1)) }

// AwaitPause waits until it has waited so many times.
func (said *Transcript) AwaitPause(t *testing.T, times int) {
	t.Helper()
	for end := time.Now().Add(Patience); said.Pauses() < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not wait %d times:\n%s", times, said)
		}
	}
}

// Press types these at the pauses, one after another and the last one at all that
// follow, until the program ends.
func Press(t *testing.T, terminal io.StringWriter, said *Transcript, cmd *exec.Cmd, keys ...string) {
	t.Helper()
	pause := -1
	PressBy(t, terminal, said, cmd, func(bool) string {
		pause++
		return keys[min(pause, len(keys)-1)]
	})
}

// PressBy types what choose says at each pause, which is a question or a key's.
func PressBy(t *testing.T, terminal io.StringWriter, said *Transcript, cmd *exec.Cmd, choose func(question bool) string) {
	t.Helper()
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	late := time.After(Patience)
	for pauses := 0; ; {
		select {
		case <-ended:
			return
		case <-late:
			t.Fatalf("it does not end:\n%s", said)
		case <-time.After(5 * time.Millisecond):
			if shown := prompts.FindAllString(said.String(), -1); len(shown) > pauses {
				terminal.WriteString(choose(strings.Contains(shown[pauses], "guess") || strings.Contains(shown[pauses], "不猜")))
				pauses++
			}
		}
	}
}

// TerminalModes returns the settings of a terminal, to be compared.
func TerminalModes(t *testing.T, terminal *os.File) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

// FreshModes are those of a terminal that no program has set: the command may be
// quicker than whoever asks its own.
func FreshModes(t *testing.T) unix.Termios {
	t.Helper()
	terminal, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	defer slave.Close()
	return TerminalModes(t, terminal)
}

// OnASharedRoot runs do where / is a shared mount, as systemd makes it: in a
// mount namespace of its own. It fails if do's mounts stay there.
func OnASharedRoot(t *testing.T, do func()) {
	t.Helper()
	done := make(chan bool)
	go func() { // on a thread that ends with it, and the namespace too
		defer close(done)
		runtime.LockOSThread()
		for _, step := range []func() error{
			func() error { return unix.Unshare(unix.CLONE_NEWNS) },
			func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") },
			func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "") },
		} {
			if err := step(); err != nil {
				t.Error(err)
				return
			}
		}
		before := read(t, "/proc/thread-self/mountinfo")
		do()
		if after := read(t, "/proc/thread-self/mountinfo"); !slices.Equal(before, after) {
			t.Errorf("the mounts were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		if _, err := os.Readlink("/proc/self"); err != nil {
			t.Error("/proc is covered:", err)
		}
	}()
	<-done
}
