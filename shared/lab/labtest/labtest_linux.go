// Package labtest tries a day's labs by hand: before anything is done none passes, the
// solution passes twice, and each wrong way gets the hint that it is named after.
package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
)

// Hand tries the labs in the current directory: solutions/LAB.sh, and
// wrong/LAB/HINT.sh or HINT.NAME.sh. In the scripts $T is the ticket, and $U what an
// ordinary user needs to make other namespaces; env is what a day's scripts have more.
// Where a lab takes an answer, it is what the script prints.
func Hand(t *testing.T, labs []lab.Lab, env ...string) {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	own := ""
	if os.Geteuid() != 0 {
		own = "-Ur"
		if out, err := exec.Command("unshare", "-Ur", "true").CombinedOutput(); err != nil {
			t.Skipf("an ordinary user makes no namespaces here: %v: %s", err, out)
		}
	}
	for i, l := range labs {
		ticket := first(t) + i
		t.Run(l.ID, func(t *testing.T) {
			Begin(t, l, ticket)
			if v := l.Check(ticket); v.Result == lab.Pass {
				t.Errorf("nothing is done, and it passes: %+v", v)
			}
			for range 2 {
				try(t, l, ticket, own, "solutions/"+l.ID+".sh", lab.Pass, "")
			}
			wrong, err := filepath.Glob("wrong/" + l.ID + "/*.sh")
			if err != nil || len(wrong) < 3 {
				t.Errorf("%d wrong ways, want three at least", len(wrong))
			}
			for _, file := range wrong {
				hint, _, _ := strings.Cut(filepath.Base(file), ".")
				t.Run(filepath.Base(file), func(t *testing.T) {
					if _, known := l.Hints[hint]; !known {
						t.Fatalf("the lab has no hint %s", hint)
					}
					try(t, l, ticket, own, file, lab.NotYet, hint)
				})
			}
			for id, hint := range l.Hints {
				for _, text := range []string{hint.What.EN, hint.What.ZH, hint.Ask.EN, hint.Ask.ZH, hint.Next.EN, hint.Next.ZH, hint.Look, hint.Step, hint.Man} {
					if text == "" {
						t.Errorf("the hint %s is not whole", id)
					}
				}
				if hint.Next.EN == hint.Ask.EN {
					t.Errorf("the hint %s only asks again", id)
				}
			}
		})
	}
}

// Begin starts what a lab has running beside the learner, until the test ends.
func Begin(t *testing.T, l lab.Lab, ticket int) {
	t.Helper()
	runtime.LockOSThread() // it dies with this thread
	end, err := l.Begin(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
}

// first is a day's first ticket: several days' tests run at the same time, in several
// checkouts perhaps, and each looks for its own. It divides by 8, so that what is drawn
// by a ticket is the same each time.
func first(t *testing.T) int {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var day int
	if _, err := fmt.Sscanf(filepath.Base(filepath.Dir(dir)), "day%d", &day); err != nil {
		t.Fatalf("%s is no day's labs: %v", dir, err)
	}
	return 2000*day + 8*(os.Getpid()%200)
}

// try runs a script and looks until the verdict is the one wanted; then all that the
// script has started is ended, and the machine must be as before.
func try(t *testing.T, l lab.Lab, ticket int, own, script string, want lab.Result, hint string) {
	t.Helper()
	before, err := host.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if needs := note(script, "# needs: "); exec.Command("sh", "-c", needs).Run() != nil {
		t.Skip("this machine can't: ", needs)
	}
	cmd := exec.Command("sh", script)
	cmd.Env = append(os.Environ(), "T="+strconv.Itoa(ticket), "U="+own)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	look := func() lab.Verdict { return l.Check(ticket) }
	if l.Answer != nil {
		cmd.Wait()
		if answer := strings.TrimSpace(said.String()); answer != "" {
			look = func() lab.Verdict { return l.Answer(ticket, answer) }
		}
	}
	var v lab.Verdict
	limit := 10 * time.Second
	if testing.Short() { // on an emulated machine
		limit = time.Minute
	}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if v = look(); v.Result == want && v.Hint == hint {
			break
		}
	}
	// A shell's prompt waits for the look. The fastest counts: others use the machine, too.
	fastest := time.Hour
	for range 5 {
		begin := time.Now()
		look()
		fastest = min(fastest, time.Since(begin))
	}
	if fastest > 50*time.Millisecond && !testing.Short() {
		t.Errorf("%s: a look takes %v", script, fastest)
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait()
	undo := exec.Command("sh", "-c", note(script, "# undo: "))
	undo.Env = cmd.Env
	if out, err := undo.CombinedOutput(); err != nil {
		t.Errorf("undo: %v: %s", err, out)
	}
	if v.Result != want || v.Hint != hint {
		t.Errorf("%s: %+v, want %s %s; it said: %s", script, v, want, hint, said.String())
	}
	after, err := host.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range before.Changes(after) {
		if strings.Contains(change, "lab-"+strconv.Itoa(ticket)) {
			t.Errorf("%s left: %s", script, change)
		}
	}
}

// note is the command behind a comment of the script's, or behind several; true where
// it has none.
func note(script, what string) string {
	text, _ := os.ReadFile(script)
	command := "true"
	for line := range strings.Lines(string(text)) {
		if more, found := strings.CutPrefix(line, what); found {
			command += " && " + strings.TrimSpace(more)
		}
	}
	return command
}

// Bench measures how long the learner's prompt would wait for each lab's verdict,
// where nothing is done yet and where the solution runs.
func Bench(b *testing.B, labs []lab.Lab) {
	for i, l := range labs {
		ticket := 1000 + i
		b.Run(l.ID, func(b *testing.B) {
			cmd := exec.Command("sh", "solutions/"+l.ID+".sh")
			cmd.Env = append(os.Environ(), "T="+strconv.Itoa(ticket), "U=")
			if os.Geteuid() != 0 {
				cmd.Env = append(cmd.Env, "U=-Ur")
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			runtime.LockOSThread()
			end, err := l.Begin(b.Context(), ticket)
			if err != nil {
				b.Skip(err)
			}
			defer end()
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			for range 50 {
				if l.Check(ticket).Result == lab.Pass {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			for b.Loop() {
				l.Check(ticket)
			}
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
			undo := exec.Command("sh", "-c", note("solutions/"+l.ID+".sh", "# undo: "))
			undo.Env = cmd.Env
			undo.Run()
		})
	}
}
