//go:build linux

package lesson_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mydocker.example/shared/lesson"
	. "mydocker.example/shared/lesson/lessontest"
	"mydocker.example/shared/shell"
)

func TestMain(m *testing.M) {
	Patience = 20 * time.Second
	Main(m, small)
}

// small is a lesson with every kind of pause: in long words, before the acts, among
// them, behind them.
func small() {
	readme := "<!-- step: reading -->\n## Much to read\n\n" + manyParagraphs + `
<!-- step: acting -->
## Much to see

<!-- note: 3 min. Let them count. -->

Words.

<!-- question: how-many -->
**Guess:** how many?

1. none
2. thirty

<details><summary>The answer</summary>

They were counted.

</details>

- [x] It is there <!-- proof: there -->

<!-- step: ending -->
## The end

- [x] It ends <!-- proof: end -->

<!-- steps end -->
`
	lesson.Chapter{
		Name: "small",
		Text: fstest.MapFS{"README.md": {Data: []byte(readme)}},
		Steps: []lesson.Step{
			{ID: "reading"},
			{ID: "acting", Do: func(sh *shell.Shell) {
				dir := sh.CdTemp()
				guess := sh.Ask("how-many")
				if strings.Count(sh.Run("seq", "30"), "\n") == 29 {
					guess.IsChoice(2, "seq")
				}
				sh.Prove("there", sh.Exists(dir), "%s", dir)
			}},
			{ID: "ending", Do: func(sh *shell.Shell) { sh.Prove("end", true, "") }},
		},
	}.Main()
}

var manyParagraphs = func() (text string) {
	for i := range 20 {
		text += fmt.Sprintf("Paragraph %d.\n\n", i+1)
	}
	return text
}()

// A visit is one run of the small lesson at a terminal of 24 × 80.
type visit struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File
	said     *Transcript
	before   unix.Termios
}

func visited(t *testing.T, args ...string) *visit {
	t.Helper()
	return visitedBy(t, Command(t, args...))
}

func visitedBy(t *testing.T, cmd *exec.Cmd) *visit {
	t.Helper()
	notEmulated(t)
	cmd.Env = append(cmd.Env, "SHELL=/bin/sh", "ENV=")
	terminal, said := AtTerminalOf(t, cmd, 24, 80)
	return &visit{t, cmd, terminal, said, FreshModes(t)}
}

// notEmulated skips what takes long on an emulated machine: a terminal is the same on
// every kernel.
func notEmulated(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a terminal is tested where the machine is not emulated")
	}
}

// press types at the next pause, and waits for the one that follows.
func (v *visit) press(keys ...string) {
	v.t.Helper()
	for _, key := range keys {
		pauses := v.said.Pauses()
		v.write(key)
		v.said.AwaitPause(v.t, pauses+1)
	}
}

func (v *visit) write(keys string) {
	v.t.Helper()
	if _, err := v.terminal.WriteString(keys); err != nil {
		v.t.Fatal(err)
	}
}

// come presses Enter so many times, and wants to see something only then.
func (v *visit) come(enter int, shows string) {
	v.t.Helper()
	screen := v.said.String()
	for range enter {
		screen = v.since(func() { v.press("\n") })
	}
	if !strings.Contains(screen, shows) {
		v.t.Fatalf("this is another pause:\n%s", screen)
	}
}

// since returns what is said while do does something.
func (v *visit) since(do func()) string {
	before := len(v.said.String())
	do()
	return v.said.String()[before:]
}

// ends waits for the end, with this status and the terminal as it was.
func (v *visit) ends(status int) {
	v.t.Helper()
	v.cmd.Wait()
	WantStatus(v.t, v.said.String(), ExitStatus(v.cmd), status)
	if status == 0 {
		v.said.Await(v.t, "claim", 1) // its last words may still be on their way
	}
	if TerminalModes(v.t, v.terminal) != v.before {
		v.t.Error("the terminal's modes have changed")
	}
	WantNoProcessOf(v.t, v.cmd.Process.Pid)
}

// The kinds of pauses, and how often Enter leads there from the first.
var pauses = []struct {
	name  string
	enter int
	shows string // what is on the screen
}{
	{"in long words", 0, "Paragraph 1."},
	{"behind a step of words", 1, "Next: Much to see"},
	{"before the acts", 2, "Next, the commands."},
	{"among the acts", 4, "seq 30"},
	{"behind the acts", 5, "Next: The end"},
}

// Every key at every kind of pause does what the help says, or says that it is none,
// and stays: the pause that follows is the same one.
func TestEveryKeyAtEveryPause(t *testing.T) {
	for _, pause := range pauses {
		t.Run(pause.name, func(t *testing.T) {
			v := visited(t, "--plain")
			v.said.AwaitPause(t, 1)
			v.come(pause.enter, pause.shows)
			for _, test := range []struct{ name, keys, says string }{
				{"help", "?", "a shell where the lesson is"},
				{"help, by a letter", "H", "a shell where the lesson is"},
				{"a wrong key", "x", `"x" is none of the keys`},
				{"a wrong key of several bytes", "é", `"é" is none of the keys`},
				{"F1", "\x1bOP", "That is none of the keys"},
				{"a pasted line", "rm -rf nothing\n", "Several keys at once"},
				{"pasted lines", strings.Repeat("q\nls\n", 200), "Several keys at once"},
				{"an old habit", "forward\n", "Several keys at once"},
			} {
				v.press("?") // behind another that was in vain it is not said again
				if said := v.since(func() { v.press(test.keys) }); !strings.Contains(said, test.says) {
					t.Errorf("%s: it says %q", test.name, said)
				}
			}
			if said := v.since(func() { v.press("x", "y", "\x1b[A", "x") }); strings.Contains(said, "nothing was done") {
				t.Errorf("each key in vain has a line: %q", said)
			}
			if said := v.since(func() { v.press("l") }); !strings.Contains(said, "has no code") && !strings.Contains(said, "The function") {
				t.Errorf("the code: %q", said)
			}
			v.press("q") // of the code
			v.write("s")
			v.said.Await(t, "exit comes back.", 1)
			pausesBefore := v.said.Pauses()
			v.write("echo it is $((6*7)); exit 3\n")
			v.said.AwaitPause(t, pausesBefore+1)
			v.said.Await(t, "it is 42", 1)

			v.write("q")
			v.ends(0)
			if !strings.Contains(v.said.String(), "Stopped: ") {
				t.Errorf("it does not say how far it came:\n%s", v.said)
			}
		})
	}
}

// Whatever ends the lesson at a pause, wherever, the terminal is as it was.
func TestEveryWayOutOfEveryPause(t *testing.T) {
	for _, pause := range pauses {
		for _, way := range []struct {
			name, key string
			signal    syscall.Signal
			status    int
		}{
			{"q", "q", 0, 0}, {"Q", "Q", 0, 0}, {"Ctrl-D", "\x04", 0, 0}, {"Ctrl-C", "\x03", 0, 130},
			{"SIGTERM", "", syscall.SIGTERM, 143}, {"SIGHUP", "", syscall.SIGHUP, 129},
		} {
			t.Run(pause.name+", "+way.name, func(t *testing.T) {
				v := visited(t)
				v.said.AwaitPause(t, 1)
				v.come(pause.enter, pause.shows)
				if way.key != "" {
					v.write(way.key)
				} else if err := v.cmd.Process.Signal(way.signal); err != nil {
					t.Fatal(err)
				}
				v.ends(way.status)
			})
		}
	}
}

// A terminal that is closed ends the lesson, and nothing of it is left.
func TestHangUp(t *testing.T) {
	notEmulated(t)
	cmd := Command(t)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	// Read bit by bit: a read that waits would keep Close waiting, too.
	said, bytes := "", make([]byte, 4096)
	for end := time.Now().Add(Patience); !strings.Contains(said, "? help > "); time.Sleep(5 * time.Millisecond) {
		ready := []unix.PollFd{{Fd: int32(terminal.Fd()), Events: unix.POLLIN}}
		if n, _ := unix.Poll(ready, 0); n == 1 {
			n, _ := terminal.Read(bytes)
			said += string(bytes[:n])
		}
		if time.Now().After(end) {
			t.Fatalf("it says %q", said)
		}
	}
	terminal.Close()
	cmd.Wait()
	if status := ExitStatus(cmd); status != 129 {
		t.Errorf("exit status %d", status)
	}
	WantNoProcessOf(t, cmd.Process.Pid)
}

// b leads back screen by screen to the beginning, and Enter forward again, without
// doing anything twice.
func TestBackAndForward(t *testing.T) {
	v := visited(t)
	v.said.AwaitPause(t, 1)
	v.press("\n", "\n", "\n", "\n")
	back := 0
	for ; ; back++ {
		said := v.since(func() { v.press("b") })
		if strings.Contains(said, "where the lesson began") {
			break
		}
		if back == 0 && !strings.Contains(said, "\x1b[2J") {
			t.Errorf("the screen is not cleared: %q", said)
		}
		if rows := strings.Count(said, "\n"); rows > 23 {
			t.Errorf("%d rows:\n%s", rows, said)
		}
		if back > 9 {
			t.Fatal("there is no beginning")
		}
	}
	if back < 2 {
		t.Errorf("the beginning is %d screens back", back)
	}
	forward := 0
	for ; !strings.Contains(v.said.String(), "Next: The end"); forward++ {
		v.press("\n")
	}
	if forward < back || forward > back+1 {
		t.Errorf("%d screens back, %d forward", back, forward)
	}
	directories := regexp.MustCompile(`mydocker-\d+`).FindAllString(v.said.String(), -1)
	slices.Sort(directories)
	if made := slices.Compact(directories); len(made) != 1 {
		t.Errorf("the act was done %d times", len(made))
	}
	v.write("q")
	v.ends(0)
}

// r among the acts takes back what they made, and does them again.
func TestTheStepAgain(t *testing.T) {
	v := visited(t, "--plain")
	v.said.AwaitPause(t, 1)
	v.press("\n", "\n", "\n", "\n", "r", "\n")
	v.said.Await(t, "$ rmdir /", 1)
	v.said.Await(t, "$ cd $(mktemp -d)", 2)
	v.press("\n")
	v.said.Await(t, "Next: The end", 1)
	v.press("r", "\n", "\n")
	v.said.Await(t, "$ cd $(mktemp -d)", 3)
	v.press("\n")
	v.write("\n")
	v.ends(0)
	v.said.Await(t, "Done: 2 claims", 1)
}

// r on a screen of an earlier step does that one again, not the one that was come to.
func TestAnEarlierStepAgain(t *testing.T) {
	v := visited(t, "--plain")
	v.said.AwaitPause(t, 1)
	for range 9 {
		if v.press("\n"); strings.Contains(v.said.String(), "Next: The end") {
			break
		}
	}
	for back := 0; ; back++ {
		if said := v.since(func() { v.press("b") }); strings.Contains(said, "where the lesson began") {
			break
		}
		if back > 9 {
			t.Fatal("there is no beginning")
		}
	}
	said := v.since(func() { v.press("r") })
	if !strings.Contains(said, "Once more") || !strings.Contains(said, "$ rmdir /") || !strings.Contains(said, "Much to read") {
		t.Errorf("the first step is not told again: %q", said)
	}
	for range 12 {
		if v.press("\n"); strings.Count(v.said.String(), "Next: The end") == 2 {
			break
		}
	}
	v.said.Await(t, "$ cd $(mktemp -d)", 2)
	v.write("q")
	v.ends(0)
	v.said.Await(t, "Stopped: 1 claim so far", 1)
}

// What is typed while nobody asks answers no pause.
func TestTypedAhead(t *testing.T) {
	v := visited(t, "--from", "acting", "--plain")
	v.said.AwaitPause(t, 1)
	v.write("s")
	v.said.Await(t, "exit comes back.", 1)
	v.write("sleep 0.3; exit\n")
	v.said.Await(t, "sleep 0.3; exit\r\n", 1)
	v.write("qqq\nq\n")
	v.said.AwaitPause(t, 2)
	time.Sleep(100 * time.Millisecond)
	if said := v.said.String(); strings.Contains(said, "Stopped") {
		t.Errorf("what was typed ahead was taken for an answer:\n%s", said)
	}
	v.write("q")
	v.ends(0)
}

// A terminal that becomes smaller, or larger, has screens of its size from then on.
func TestResize(t *testing.T) {
	v := visited(t, "--from", "acting")
	v.said.AwaitPause(t, 1)
	if err := pty.Setsize(v.terminal, &pty.Winsize{Rows: 12, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		said := v.since(func() { v.press("\n") })
		if rows := strings.Count(said, "\n"); rows > 11 {
			t.Errorf("%d rows on a screen of 12:\n%s", rows, said)
		}
	}
	said := v.since(func() { v.press("b") })
	if rows := strings.Count(said, "\n"); rows > 11 {
		t.Errorf("back: %d rows on a screen of 12:\n%s", rows, said)
	}
	v.write("q")
	v.ends(0)
}

// Ctrl-Z hands the terminal back as it was, and fg takes it again, in every shell.
func TestStoppedAndContinued(t *testing.T) {
	for _, name := range []string{"bash --norc", "dash", "zsh -f", "busybox sh"} {
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(name)
			if _, err := exec.LookPath(words[0]); err != nil {
				t.Skip(err)
			}
			inner := Command(t)
			outer := exec.Command(words[0], append(words[1:], "-i")...)
			outer.Env = append(inner.Env, "PS1=ready; ", "SMALL="+inner.Path)
			v := visitedBy(t, outer)
			v.said.Await(t, "ready; ", 1)
			v.write("$SMALL\n")
			v.said.AwaitPause(t, 1)
			waiting := TerminalModes(t, v.terminal)
			if waiting.Lflag&unix.ICANON != 0 {
				t.Error("a key takes an Enter")
			}
			prompts := strings.Count(v.said.String(), "ready; ")
			v.write("\x1a")
			v.said.Await(t, "ready; ", prompts+1)
			v.write("stty -a; echo so it was\n")
			v.said.Await(t, "so it was\r\n", 1)
			if said := v.said.String(); strings.LastIndex(said, " icanon") < strings.LastIndex(said, "-icanon") {
				t.Errorf("the shell has the terminal without lines:\n%s", said)
			}
			pauses := v.said.Pauses()
			v.write("fg\n")
			v.said.AwaitPause(t, pauses+1)
			time.Sleep(50 * time.Millisecond)
			if TerminalModes(t, v.terminal) != waiting {
				t.Error("after fg a key takes an Enter")
			}
			v.press("\n", "\n", "\n") // to the question, which is answered by a line
			prompts = strings.Count(v.said.String(), "ready; ")
			v.write("\x1a")
			v.said.Await(t, "ready; ", prompts+1)
			v.press("fg\n")
			v.press("2\n")
			v.press("\n")
			v.said.Await(t, "You said so", 1)
			v.write("q")
			v.said.Await(t, "Stopped: ", 1)
			v.write("exit\n")
			v.cmd.Wait()
		})
	}
}

// A guess of any kind stands beside what the kernel says, and the keys work at a
// question too, with Enter.
func TestGuesses(t *testing.T) {
	for _, test := range []struct{ typed, says string }{
		{"", "The kernel says: thirty (seq). They were counted."},
		{"1", "You said: none. The kernel says: thirty (seq)."},
		{"2", "You said so, and so says the kernel: thirty (seq)."},
		{"Thirty", "You said so, and so says the kernel: thirty (seq)."},
		{"3", "One of 1 to 2, or Enter."},
		{"lots, I'd say", "You said: lots, I'd say. The kernel says: thirty (seq)."},
		{"bbb", "You said: bbb."},
	} {
		v := visited(t, "--only", "acting", "--plain")
		v.said.AwaitPause(t, 1)
		v.press("\n", test.typed+"\n")
		Press(t, v.terminal, v.said, v.cmd, "\n")
		v.ends(0)
		if !strings.Contains(strings.ReplaceAll(v.said.String(), "\r\n  ", " "), test.says) {
			t.Errorf("%q: it does not say %q:\n%s", test.typed, test.says, v.said)
		}
	}
}

func TestEveryKeyAtAQuestion(t *testing.T) {
	v := visited(t, "--from", "acting", "--plain")
	v.said.AwaitPause(t, 1)
	v.press("\n")
	for _, test := range []struct{ keys, says string }{
		{"?\n", "Type what you think"}, {"l\n", "The function"}, {"q", "Your guess"}, {"b\n", "back to the lesson"}, {"q", "Your guess"},
	} {
		if said := v.since(func() { v.press(test.keys) }); !strings.Contains(said, test.says) {
			t.Errorf("%q: it says %q", test.keys, said)
		}
	}
	v.write("s\n")
	v.said.Await(t, "exit comes back.", 1)
	pauses := v.said.Pauses()
	v.write("echo it is $((6*7)); exit 3\n")
	v.said.AwaitPause(t, pauses+1)
	v.said.Await(t, "it is 42", 1)
	v.press("r\n") // comes to the question again
	v.said.Await(t, "Once more.", 1)
	v.write("q\n")
	v.ends(0)
	v.said.Await(t, "no claim proven yet", 1)
}

// Pasted lines answer one question, and no pause behind it.
func TestPastedAtAQuestion(t *testing.T) {
	v := visited(t, "--only", "acting", "--plain")
	v.said.AwaitPause(t, 1)
	v.press("\n", "2\nq\nq\nq\n")
	time.Sleep(100 * time.Millisecond)
	if said := v.said.String(); strings.Contains(said, "Stopped") {
		t.Errorf("it says:\n%s", said)
	}
	Press(t, v.terminal, v.said, v.cmd, "\n")
	v.ends(0)
	v.said.Await(t, "You said so", 1)
}

// For a class the command stands there before it is done, b blanks the screen, PgUp
// and PgDn go back and on, and the second terminal has the note.
func TestPresenting(t *testing.T) {
	v := visited(t, "--present", "--from", "acting")
	v.said.AwaitPause(t, 1)
	if said, _ := Run(t, "--notes", "--plain"); !strings.Contains(said, "--present") {
		t.Errorf("before the lesson the notes say:\n%s", said)
	}
	v.press("\x1b[6~")
	if said, _ := Run(t, "--notes", "--plain"); !strings.Contains(said, "[2/3] Much to see") || !strings.Contains(said, "Let them count.") || !strings.Contains(said, "0 of 3 min") {
		t.Errorf("the notes say:\n%s", said)
	}
	if said := v.since(func() { v.press(" ") }); !strings.Contains(said, "cd $(mktemp -d)") || strings.Contains(said, "/mydocker-") {
		t.Errorf("the command does not wait: %q", said)
	}
	if said := v.since(func() { v.press(" ") }); !strings.Contains(said, "/mydocker-") {
		t.Errorf("the command is not done: %q", said)
	}
	blank := v.since(func() { v.write("b"); time.Sleep(200 * time.Millisecond) })
	if !strings.HasSuffix(blank, "\x1b[2J") && !strings.Contains(blank, "\x1b[2J\x1b[35m\x1b[0m") {
		t.Errorf("the screen is not blank: %q", blank)
	}
	if said := v.since(func() { v.press("x") }); !strings.Contains(said, "/mydocker-") {
		t.Errorf("the screen does not come back: %q", said)
	}
	if said := v.since(func() { v.press("\x1b[5~") }); !strings.Contains(said, "Words.") {
		t.Errorf("PgUp: %q", said)
	}
	v.press("\x1b[6~")
	for _, keys := range [][2]string{{"\x1b[D", "\x1b[C"}, {"\x1bOD", "\x1bOC"}, {"\x1b[5~\x1b[5~", "\x1b[6~\x1b[6~"}} {
		if said := v.since(func() { v.press(keys[0]) }); !strings.Contains(said, "Words.") {
			t.Errorf("%q does not go back: %q", keys[0], said)
		}
		if said := v.since(func() { v.press(keys[1]) }); !strings.Contains(said, "/mydocker-") {
			t.Errorf("%q does not go on: %q", keys[1], said)
		}
	}
	if said := v.since(func() { v.press("\x1b[H") }); !strings.Contains(said, "That is none of the keys") {
		t.Errorf("Home: %q", said)
	}
	v.write("q")
	v.ends(0)
	if said, _ := Run(t, "--notes", "--plain"); !strings.Contains(said, "--present") {
		t.Errorf("behind the lesson the notes say:\n%s", said)
	}
}
