//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mydocker.example/shared/ledger"
)

// TestLabInTheLearnersShell types into each shell that learners use: the verdict comes,
// and what a shell is for stays as it is.
func TestLabInTheLearnersShell(t *testing.T) {
	if err := exec.Command("unshare", "-Ur", "true").Run(); err != nil && os.Geteuid() != 0 {
		t.Skip("an ordinary user makes no namespaces here: ", err)
	}
	for _, name := range []string{"bash", "dash", "zsh", "busybox", "sh"} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Skip(err)
			}
			home := t.TempDir()
			if name == "busybox" { // which is a shell by the name of one
				ash := filepath.Join(home, "ash")
				if err := os.Symlink(path, ash); err != nil {
					t.Fatal(err)
				}
				path = ash
			}
			if err := os.WriteFile(filepath.Join(home, ".zshrc"), nil, 0o600); err != nil { // or zsh asks
				t.Fatal(err)
			}
			t.Setenv("HOME", home)
			t.Setenv("XDG_STATE_HOME", home)
			t.Setenv("SHELL", path)
			t.Setenv("PS1", "> ")
			t.Setenv("PROMPT_COMMAND", "echo theirs;")
			y, wait := atTerminal(t, "lab", "enter", "--lang", "en", "--plain")
			y.types("exit ends the lab", "(exit 5)\n")
			y.types("(exit 5)", "echo S$?E\n")
			y.types("S5E", "check; echo C$?D\n")
			y.types("FAILED: sleep", "")
			y.types("C0D", "hint\n")
			y.types("nsenter --help", "sleep 4711 & jobs; echo J$((1+1))K\n")
			y.types("J2K", "kill %1; exit 3\n")
			if status := wait(); status != 0 { // to leave is no failure, whatever the shell's status
				t.Errorf("exit status %d", status)
			}
			if !strings.Contains(y.screen(), "(lab enter) ") {
				t.Error("the prompt does not say in which lab it is")
			}
			if name == "bash" && !strings.Contains(y.screen(), "theirs") {
				t.Error("the learner's own PROMPT_COMMAND is gone")
			}
			if !strings.Contains(strings.ToLower(y.screen()), "running") {
				t.Error("the shell has no jobs")
			}
			left, err := filepath.Glob(filepath.Join(os.TempDir(), "lab-*", "word"))
			if err != nil || left != nil {
				t.Errorf("left: %v %v", left, err)
			}
		})
	}
}

func TestLabSpeaksChinese(t *testing.T) {
	if err := exec.Command("unshare", "-Ur", "true").Run(); err != nil && os.Geteuid() != 0 {
		t.Skip("an ordinary user makes no namespaces here: ", err)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	t.Setenv("SHELL", "/bin/sh")
	y, wait := atTerminal(t, "lab", "which-wall", "--plain")
	y.types("多了两个命令", "check nonsense\n")
	y.types("没有这一项", "for w in uts pid mnt ipc; do check $w; done\n")
	y.types("这面墙是好的", "exit\n")
	if status := wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestLabWatchesTheFile saves, and a verdict comes; the compiler's refusal as it is.
func TestLabWatchesTheFile(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs go, which builds what the learner writes")
	}
	if out, err := exec.Command("go", "build", "-o", os.DevNull, "labs/skeletons/root/container.go").CombinedOutput(); err != nil {
		t.Skipf("go builds nothing for this user: %s", out)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "container.go")
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	y, wait := atTerminal(t, "lab", "root", "--lang", "en", "--plain", "--dir", dir)
	y.types("q and Enter end", "")
	saw := func(what string, times int) {
		t.Helper()
		for end := time.Now().Add(time.Minute); strings.Count(y.screen(), what) < times; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("never %d times on the screen: %s", times, what)
			}
		}
	}
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	begin, err := os.ReadFile("labs/skeletons/root/container.go")
	if err != nil {
		t.Fatal(err)
	}
	save("package main\n\nfunc main() { nothing() }\n")
	saw("container.go:3:15: undefined: nothing", 1)
	save("package main\n\nfunc main() { nothing() }\n\n")
	saw("as before", 1)
	saw("container.go:3:15", 1)
	save(string(begin))
	y.WriteString("\n") // once more, at once
	y.WriteString("q\n")
	if status := wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if strings.Contains(y.screen(), "Done.") {
		t.Error("it passes before anything is done")
	}
	if strings.Count(y.screen(), "container.go:3:15") != 1 {
		t.Error("it says again what it has said")
	}
}

// TestALookIsEnded ends a look at a program that hangs. What was made for it goes with
// it; after a SIGKILL, with clean.
func TestALookIsEnded(t *testing.T) {
	if out, err := exec.Command("go", "build", "-o", os.DevNull, "labs/skeletons/root/container.go").CombinedOutput(); err != nil {
		t.Skipf("go builds nothing for this user: %v %s", err, out)
	}
	noNohup(t)
	for _, by := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		t.Run(by.String(), func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			t.Setenv("TMPDIR", t.TempDir())
			dir := t.TempDir()
			program := "package main\n\nimport \"time\"\n\nfunc main() { time.Sleep(time.Hour) }\n"
			if err := os.WriteFile(filepath.Join(dir, "container.go"), []byte(program), 0o644); err != nil {
				t.Fatal(err)
			}
			look := command(t, "lab", "check", "root", "--dir", dir)
			if err := look.Start(); err != nil {
				t.Fatal(err)
			}
			var list string
			for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
				if names, _ := filepath.Glob(filepath.Join(ledger.Dir(), fmt.Sprintf("run-%d-*", look.Process.Pid))); len(names) == 1 && len(alive("--hostname")) > 0 {
					list = names[0]
					break
				}
				if time.Now().After(end) {
					t.Fatal("the program is never tried")
				}
			}
			text, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			made := []string{list}
			for line := range strings.Lines(string(text)) {
				if kind, path, _ := strings.Cut(strings.TrimSpace(line), "\t"); kind != string(ledger.Controller) {
					made = append(made, path)
				}
			}
			if len(made) == 1 {
				t.Fatal("nothing is written down")
			}
			look.Process.Signal(by)
			look.Wait()
			if by == syscall.SIGKILL {
				if out, err := command(t, "clean").CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			} else if got := look.ProcessState.Sys().(syscall.WaitStatus); got.Signal() != by {
				t.Errorf("it ended with %v", look.ProcessState)
			}
			for _, path := range made {
				if _, err := os.Lstat(path); err == nil {
					t.Errorf("%s is still there", path)
				}
			}
		})
	}
}

// TestLabDrawsAnew guesses wrong three times from an inner shell: another container is
// drawn, and none is left, not even after a SIGKILL.
func TestLabDrawsAnew(t *testing.T) {
	if err := exec.Command("unshare", "-Ur", "true").Run(); err != nil {
		t.Skip("no user namespaces here: ", err)
	}
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("SHELL", "/bin/sh")
	number := func() string {
		text, err := os.ReadFile(filepath.Join(state, "mydocker-workshop/labs-day3-framework.json"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), `"ticket": `)
		number, _, _ := strings.Cut(rest, ",")
		return number
	}
	runs := func(number string) bool { return len(alive("sleep\x00"+number)) > 0 }
	y, wait := atTerminal(t, "lab", "which-wall", "--lang", "en", "--plain")
	y.types("exit ends the lab", "unshare -Ur -m sh\n")
	first := number()
	if !runs(first) {
		t.Error("no container runs")
	}
	ticket, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"uts", "pid", "mnt", "ipc", "net", "cgroup", "capabilities", "no-new-privs"}
	for i := range 3 {
		y.WriteString("check " + words[(ticket+1+i)%len(words)] + "; echo W$((i=i+1))X\n")
		y.types(fmt.Sprintf("W%dX", i+1), "")
	}
	y.types("Another is drawn: its number is "+number(), "check; exit\n")
	eventually(t, "another container runs", func() bool { return runs(number()) && !runs(first) })
	y.types("You have said", "echo O$((1+1))K\n")
	y.types("O2K", "")
	status, err := os.ReadFile("/proc/" + alive("sleep\x00" + number())[0] + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nPPid:\t")
	parent, _, _ := strings.Cut(rest, "\n")
	lab, err := strconv.Atoi(parent)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(lab, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait()
	eventually(t, "the container ends with the lab", func() bool { return !runs(number()) })
	if err := command(t, "clean").Run(); err != nil {
		t.Error(err)
	}
}
