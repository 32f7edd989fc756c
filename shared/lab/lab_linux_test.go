package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
	"mydocker.example/shared/shell"
)

func sit(t *testing.T, labs ...Lab) (*desk, *bytes.Buffer) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	var out bytes.Buffer
	d := &desk{Day: Day{Name: "day9-test", Labs: labs}, Screen: shell.Screen{Out: &out, Width: 80, Plain: true, Lang: lang.English}}
	if err := d.open(); err != nil {
		t.Fatal(err)
	}
	return d, &out
}

// guessing is a lab in which b is right.
var guessing = Lab{
	ID: "guess", Words: []string{"a", "b", "c"},
	Check: func(int) Verdict { return No("said", "no-answer", "") },
	Answer: func(_ int, answer string) Verdict {
		if answer == "b" {
			return Verdict{Result: Pass}
		}
		return No("right", answer+"-stands", "")
	},
}

func TestTheThirdWrongAnswerDrawsAnew(t *testing.T) {
	d, out := sit(t, guessing)
	first := d.seat.of("guess").Ticket
	for i, word := range []string{"a", "c", "a"} {
		if d.seat.of("guess").Ticket != first {
			t.Errorf("drawn anew after %d", i)
		}
		if status, err := d.answer(guessing, word); status != notYet || err != nil {
			t.Errorf("%s: %d %v", word, status, err)
		}
	}
	r := d.seat.of("guess")
	if !strings.Contains(out.String(), fmt.Sprintf("Another is drawn: its number is %d", r.Ticket)) || r.Answer != "" || r.Wrong != 0 {
		t.Errorf("%+v\n%s", r, out)
	}
	if _, err := d.answer(guessing, "d"); err == nil {
		t.Error("a word that there is none of is taken")
	}
	if status, err := d.answer(guessing, "b"); status != passed || err != nil {
		t.Errorf("the right one: %d %v", status, err)
	}
	if err := d.open(); err != nil || d.seat.of("guess").Result != Pass {
		t.Errorf("%+v %v", d.seat.of("guess"), err)
	}
}

// An answer that could not be judged is none.
func TestAnAnswerWithoutAContainerIsNotCounted(t *testing.T) {
	blind := guessing
	blind.Answer = func(int, string) Verdict { return No("said", "no-answer", "") }
	d, _ := sit(t, blind)
	for range 5 {
		if _, err := d.answer(blind, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if r := d.seat.of("guess"); r.Wrong != 0 {
		t.Errorf("%+v", r)
	}
}

func TestCleanRemovesWhatHasTheTicketAlone(t *testing.T) {
	hand := Lab{ID: "hand", Check: func(int) Verdict { return Verdict{} }}
	d, _ := sit(t, hand)
	r := d.seat.of("hand")
	r.Ticket = 1000 + os.Getpid()%4000
	if err := d.seat.save(); err != nil {
		t.Fatal(err)
	}
	start := func(number int) *exec.Cmd {
		cmd := exec.Command("sleep", fmt.Sprint(number))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}
	own, neighbour := start(r.Ticket), start(r.Ticket+5000)
	made := []string{fmt.Sprintf("/tmp/lab-%d", r.Ticket)}
	if h, err := cgroup.Find("memory"); err == nil && os.Geteuid() == 0 {
		made = append(made, filepath.Join(h.Top(), fmt.Sprintf("lab-%d", r.Ticket)))
	}
	for _, dir := range made {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if len(made) > 1 {
		if err := os.WriteFile(made[1]+"/cgroup.procs", []byte(fmt.Sprint(own.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
	}
	if !d.left(hand) {
		t.Error("nothing is seen to be left")
	}
	var did []string
	if err := d.Clean(func(command string) { did = append(did, command) }); err != nil {
		t.Fatal(err)
	}
	// A process that is killed may not have left its group yet, and is moved out of it.
	did = slices.DeleteFunc(did, func(command string) bool { return strings.HasPrefix(command, "echo ") })
	if want := len(made) + 1; len(did) != want {
		t.Errorf("%q, want %d", did, want)
	}
	for _, dir := range made {
		if exists(dir) {
			t.Errorf("%s is left", dir)
		}
	}
	if err := own.Wait(); err == nil {
		t.Error("the sleep ended by itself")
	}
	if err := neighbour.Process.Signal(os.Signal(os.Interrupt)); err != nil {
		t.Errorf("a neighbour's sleep: %v", err)
	}
	if d.left(hand) {
		t.Error("something is seen to be left")
	}
}

// What a lab has running in its group ends with the group; the shell in which the learner
// types, and what they have moved in from elsewhere, do not.
func TestCleanEndsWhatTheLabHasRunningInItsGroup(t *testing.T) {
	h, err := cgroup.Find("pids")
	if err != nil || os.Geteuid() != 0 {
		t.Skipf("needs root and a pids controller: %v", err)
	}
	hand := Lab{ID: "hand", Check: func(int) Verdict { return Verdict{} }}
	d, _ := sit(t, hand)
	r := d.seat.of("hand")
	r.Ticket = 5000 + os.Getpid()%4000
	if err := d.seat.save(); err != nil {
		t.Fatal(err)
	}
	group := filepath.Join(h.Top(), fmt.Sprintf("lab-%d", r.Ticket))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	type process struct {
		cmd   *exec.Cmd
		in    io.Writer
		out   io.Reader
		ended chan error
	}
	start := func(attributes syscall.SysProcAttr, env string, words ...string) process {
		p := process{cmd: exec.Command(words[0], words[1:]...), ended: make(chan error, 1)}
		p.cmd.Env = append(os.Environ(), env)
		p.cmd.SysProcAttr = &attributes
		in, err := p.cmd.StdinPipe() // a shell waits for what is typed
		if err != nil {
			t.Fatal(err)
		}
		out, said, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p.in, p.out, p.cmd.Stdout = in, out, said
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said.Close()
		t.Cleanup(func() { in.Close(); out.Close(); p.cmd.Process.Kill() })
		if err := os.WriteFile(group+"/cgroup.procs", []byte(fmt.Sprint(p.cmd.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
		go func() { p.ended <- p.cmd.Wait() }()
		return p
	}
	of := marker + "=" + session()
	job := syscall.SysProcAttr{Setpgid: true} // not the terminal's foreground
	own := map[string]process{
		"a sleep from another terminal": start(job, "", "sleep", "9000"),
		"a load":                        start(job, of, "tail", "-f", "/dev/null"),
		"a loop":                        start(job, of, "sh", "-c", "read line; true"),
	}
	others := map[string]process{
		"the learner's shell":   start(job, of, "sh"),
		"a program from before": start(job, "", "tail", "-f", "/dev/null"),
		"a session of its own":  start(syscall.SysProcAttr{Setsid: true}, of, "tail", "-f", "/dev/null"),
	}
	// Its loop in the background is a copy of the shell, by the same name.
	shell, loop := others["the learner's shell"], 0
	fmt.Fprintln(shell.in, "while :; do sleep 0.1; done & echo $!")
	if _, err := fmt.Fscan(shell.out, &loop); err != nil {
		t.Fatal(err)
	}
	if err := d.Clean(func(string) {}); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { syscall.Kill(loop, syscall.SIGKILL) })
	if fields := host.Stat(loop); len(fields) > 0 && fields[0] != "Z" {
		t.Errorf("the loop goes on: %q", fields)
	}
	if exists(group) {
		t.Error("the group is left")
	}
	for name, p := range own {
		select {
		case <-p.ended:
		case <-time.After(5 * time.Second):
			t.Errorf("%s goes on", name)
		}
	}
	for name, p := range others {
		select {
		case err := <-p.ended:
			t.Errorf("%s has ended: %v", name, err)
		default:
		}
	}
}

func TestReport(t *testing.T) {
	d, out := sit(t, guessing)
	if err := d.report(); err == nil {
		t.Error("a report without a name")
	}
	for _, name := range []string{"A 3", "座位", strings.Repeat("a", 17), "../x"} {
		if d.name = name; d.report() == nil {
			t.Errorf("%q is taken for a seat", name)
		}
	}
	d.seat.note("guess", No("right", "a-stands", "/home/learner"))
	d.name = "A-3"
	if err := d.report(); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	dir, err := stateDir()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil || !strings.Contains(out.String(), string(text)) {
		t.Fatalf("%v: %s, shown was %s", err, text, out)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	all, err := cgroup.Mounted()
	if err != nil || r.Cgroup != cgroup.Mode(all) {
		t.Errorf("%v: the report says cgroup %q, doctor %q", err, r.Cgroup, cgroup.Mode(all))
	}
	if got := r.Labs["day9-test"]["guess"]; r.Seat != "A-3" || got.Hint != "a-stands" || got.Tries != 1 {
		t.Errorf("%+v", r)
	}
	if found := regexp.MustCompile(`/home|"` + regexp.QuoteMeta(host) + `"|/tmp`).Find(text); found != nil {
		t.Errorf("the report tells %s", found)
	}
	d.name = "" // the seat keeps its name
	if err := d.report(); err != nil {
		t.Error(err)
	}
}

func TestNothingIsLaidOverAndNoLinkFollowed(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "file")
	d, out := sit(t)
	d.dir = t.TempDir()
	stage := Lab{ID: "stage", Build: &Build{Begin: []byte("package main\n")}}
	if err := os.Symlink(elsewhere, d.file()); err != nil {
		t.Fatal(err)
	}
	if err := d.lay(stage); err == nil {
		t.Error("it lays over a link")
	}
	if exists(elsewhere) {
		t.Error("the link was followed")
	}
	for _, want := range []string{".old", ".old2"} {
		if err := d.layAnew(stage); err != nil || !exists(d.file()+want) {
			t.Errorf("%v: no %s; %s", err, want, out)
		}
	}
	if text, err := os.ReadFile(d.file()); err != nil || string(text) != "package main\n" {
		t.Errorf("%q %v", text, err)
	}
}

// How long a lab takes is counted over many runs of the program, so by the machine's
// clock, which may be set back meanwhile.
func TestAClockThatJumps(t *testing.T) {
	d, _ := sit(t, guessing)
	d.seat.of("guess").Since = time.Now().Add(time.Hour)
	if err := d.seat.note("guess", No("right", "a-stands", "a")); err != nil {
		t.Fatal(err)
	}
	if r := d.seat.of("guess"); r.Seconds != 0 || r.Result != NotYet {
		t.Errorf("%+v", r)
	}
}

// smallFiles makes what is written fail behind 64 KB, as a full disk does.
func smallFiles(t *testing.T, do func()) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 64 << 10, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCouldNotBeLaidWholeIsNotThere(t *testing.T) {
	d, _ := sit(t)
	d.dir = t.TempDir()
	stage := Lab{ID: "stage", Build: &Build{Begin: bytes.Repeat([]byte("// go\n"), 100_000)}}
	var err error
	smallFiles(t, func() { err = d.lay(stage) })
	if err == nil || exists(d.file()) {
		t.Errorf("%v; a half is left: %v", err, exists(d.file()))
	}
	if err := os.WriteFile(d.file(), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	smallFiles(t, func() { err = d.layAnew(stage) })
	if text, _ := os.ReadFile(d.file()); err == nil || string(text) != "mine" {
		t.Errorf("%v; the learner's file says %q", err, text)
	}
}

// A disk on which nothing can be written takes neither the verdict nor what is known
// in this program.
func TestAVerdictNeedsNoRoom(t *testing.T) {
	d, out := sit(t, guessing)
	ticket := d.seat.of("guess").Ticket
	dir := filepath.Dir(d.seat.file)
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if status, err := d.check(guessing); status != notYet || err != nil {
			t.Errorf("%d %v", status, err)
		}
		d.reread()
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if got := d.seat.of("guess").Ticket; got != ticket {
		t.Errorf("the number was %d and is %d", ticket, got)
	}
	if n := strings.Count(out.String(), "what is remembered of the labs"); n != 1 {
		t.Errorf("said %d times: %s", n, out)
	}
	d.reread() // there is room again
	if err := d.open(); err != nil || d.seat.of("guess").Ticket != ticket {
		t.Errorf("%v: %d, want %d", err, d.seat.of("guess").Ticket, ticket)
	}
}

// withoutRoot runs do as a root whom rights to files stop, as on a network file system.
func withoutRoot(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had [2]unix.CapUserData
	if err := unix.Capget(&header, &had[0]); err != nil {
		t.Fatal(err)
	}
	fewer := had
	fewer[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
	if err := unix.Capset(&header, &fewer[0]); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Capset(&header, &had[0]); err != nil {
		t.Fatal(err)
	}
}

// Where one may not look, nothing is taken for absent: no file is laid in its place,
// and what is remembered is not put aside.
func TestWhatMayNotBeLookedAtIsThere(t *testing.T) {
	d, _ := sit(t, guessing)
	d.dir = filepath.Join(t.TempDir(), "theirs", "mine")
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.seat.note("guess", Verdict{Result: Pass}); err != nil {
		t.Fatal(err)
	}
	for _, closed := range []string{filepath.Dir(d.dir), d.seat.file} {
		if err := os.Chmod(closed, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(closed, 0o700) })
	}
	stage := Lab{ID: "stage", Build: &Build{Begin: []byte("package main\n")}}
	var laid, anew, opened error
	withoutRoot(t, func() {
		_, laid = d.workOnFile(t.Context(), stage)
		anew = d.layAnew(stage)
		_, opened = openSeat(d.Name)
	})
	for what, err := range map[string]error{"lay": laid, "catch-up": anew} {
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "lstat") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !errors.Is(opened, fs.ErrPermission) || !exists(d.seat.file) {
		t.Errorf("%v; it is where it was: %v", opened, exists(d.seat.file))
	}
}

// Without a terminal a task is shown, and that is all.
func TestATaskIsShownWithoutATerminal(t *testing.T) {
	d, out := sit(t, guessing)
	if status, err := d.work(guessing); status != passed || err != nil || !strings.Contains(out.String(), "lab check guess") {
		t.Errorf("%d %v: %s", status, err, out)
	}
	if err := d.open(); err != nil || d.seat.Labs["guess"] == nil {
		t.Errorf("%v: the number is not remembered", err)
	}
}

// What has passed is ticked, and each word on it says both: that it passed, and what is now.
func TestAPassedLabSaysSo(t *testing.T) {
	holds := true
	hand := Lab{ID: "hand", Hints: map[string]Hint{"gone": {What: lang.Same("It is gone."), Ask: lang.Same("Where to?"), Step: "one", Man: "1 true"}},
		Check: func(int) Verdict {
			if holds {
				return Verdict{Result: Pass}
			}
			return No("there", "gone", "nothing")
		}}
	d, out := sit(t, hand)
	d.texts = []lesson.Section{{ID: "hand", Title: "Hand", Goals: []lesson.Claim{{ID: "there", Text: "It is there"}}}}
	said := func(do func(Lab) (int, error), want int, words ...string) {
		t.Helper()
		out.Reset()
		status, err := do(hand)
		if status != want || err != nil {
			t.Errorf("%d %v", status, err)
		}
		for _, word := range words {
			if !strings.Contains(out.String(), word) {
				t.Errorf("no %q in: %s", word, out)
			}
		}
	}
	task := func(l Lab) (int, error) { d.task(l); return passed, nil }
	said(task, passed, "[ ] It is there")
	said(d.check, passed, "Done.")
	said(task, passed, "[x] It is there", "You passed this lab on 20", "lab reset hand")
	said(d.hint, passed, "You passed this lab on 20")
	holds = false
	said(d.check, notYet, "FAILED: It is there", "You passed this lab on 20", "This is how it is now.")
	said(d.hint, passed, "You passed this lab on 20", "Where to?")
	said(task, passed, "[x] It is there")
	d.name = "A-3"
	if err := d.report(); err != nil || strings.Contains(out.String(), "gone") {
		t.Errorf("%v: the report has a hint for what has passed: %s", err, out)
	}
}

// A lab of another day is named with the program that has it.
func TestALabOfAnotherDay(t *testing.T) {
	for day, ids := range daysLabs() {
		text, err := os.ReadFile("../../" + day + "/README.md")
		if err != nil {
			t.Fatal(err)
		}
		labs, err := lesson.ParseLabs(text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range labs {
			got = append(got, l.ID)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("%s has %q, not %q", day, got, ids)
		}
	}
	if days, _ := filepath.Glob("../../day*"); len(days) != len(daysLabs()) {
		t.Errorf("%q", days)
	}
}

// Whoever asks for a hint has read the verdict: the first one goes on from there, and
// each that follows says more.
func TestHintsGoOnFromTheVerdict(t *testing.T) {
	hand := Lab{ID: "hand", Hints: map[string]Hint{"gone": {
		What: lang.Same("It is gone."), Look: "ls", Ask: lang.Same("Where to?"), Next: lang.Same("Look below %d."), Step: "one", Man: "1 true",
	}}, Check: func(int) Verdict { return No("there", "gone", "nothing") }}
	d, out := sit(t, hand)
	if _, err := d.check(hand); err != nil {
		t.Fatal(err)
	}
	verdict := out.String()
	for i, want := range []string{fmt.Sprintf("Look below %d.", d.seat.of("hand").Ticket), "man 1 true"} {
		out.Reset()
		if _, err := d.hint(hand); err != nil || !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "--only one") {
			t.Errorf("hint %d: %v: %s", i+1, err, out)
		}
		for _, said := range []string{"It is gone.", "Where to?"} {
			if !strings.Contains(verdict, said) || strings.Contains(out.String(), said) {
				t.Errorf("%q is said by the verdict alone: %s and %s", said, verdict, out)
			}
		}
	}
}

// On a slow machine nothing moves for long after a save: then it is said why.
func TestALongLookIsAnnounced(t *testing.T) {
	for wait, said := range map[time.Duration]bool{0: false, 1100 * time.Millisecond: true} {
		d, out := sit(t, Lab{ID: "stage", Build: &Build{Check: func(string, int) Verdict {
			time.Sleep(wait)
			return Verdict{Result: Pass}
		}}})
		if v := d.lookAloud(d.Labs[0]); v.Result != Pass || strings.Contains(out.String(), "being built") != said {
			t.Errorf("%v: %+v %q", wait, v, out)
		}
	}
}

// A container grows from stage to stage, whatever else a day has left to do.
func TestBehindAStageComesTheNextOne(t *testing.T) {
	stage := func(id string) Lab { return Lab{ID: id, Build: &Build{}} }
	d, out := sit(t, guessing, stage("one"), stage("two"))
	if err := d.seat.note("one", Verdict{Result: Pass}); err != nil {
		t.Fatal(err)
	}
	if d.part(d.Labs[1]); !strings.Contains(out.String(), "lab two") {
		t.Errorf("behind one: %q", out)
	}
	out.Reset()
	if err := d.seat.note("two", Verdict{Result: Pass}); err != nil {
		t.Fatal(err)
	}
	if d.part(d.Labs[2]); !strings.Contains(out.String(), "lab guess") {
		t.Errorf("behind the last one: %q", out)
	}
}

// A file that was never laid down is no fault of the compiler's, and no try.
func TestAFileThatIsNotThereYet(t *testing.T) {
	stage := Lab{ID: "stage", Build: &Build{Check: func(string, int) Verdict {
		t.Error("it is built")
		return Verdict{}
	}}}
	d, out := sit(t, stage)
	d.dir, d.Width = filepath.Join(t.TempDir(), "mine"), 200
	if status, err := d.check(stage); status != cannotTell || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if !strings.Contains(out.String(), "container.go is not there yet.") || !strings.Contains(out.String(), "lab stage --dir ") {
		t.Error(out)
	}
	if tries := d.seat.of("stage").Tries; tries != 0 {
		t.Errorf("%d tries", tries)
	}
}

// Who may not see the solution yet is given the line that shows it all the same.
func TestASolutionBeforeAPass(t *testing.T) {
	stage := Lab{ID: "stage", Build: &Build{Solution: []byte("package main")}}
	d, out := sit(t, stage)
	d.dir = "mine"
	if status, err := d.solution(stage); status != notYet || err != nil || !strings.Contains(out.String(), "lab solution stage --give-up\n") {
		t.Errorf("%d %v: %s", status, err, out)
	}
}
