//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"

	. "mydocker.example/shared/lesson/lessontest"
)

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		says   string
	}{
		{"--list", 0, "limit-by-hand"},
		{"--list --lang zh", 0, "手工限制内存"},
		{"--help", 0, "Usage: day2-cgroups"},
		{"--help --lang=zh", 0, "用法：day2-cgroups"},
		{"--mem banana", 2, "write a number and a unit"},
		{"--mem banana --lang zh", 2, "请写数字加单位"},
		{"--mem 3m", 2, "is below 4 MiB"},
		{"--mem -1", 2, "write a number and a unit"},
		{"--name a/b", 2, "no slash"},
		{"--name ..", 2, "no slash"},
		{"--name tasks", 2, "no slash"},
		{"--name=", 2, "no slash"},
		{"--load cpu", 2, "auto, builtin or stress"},
		{"--lang fr", 2, "en, zh"},
		{"--color red", 2, "auto, always, never"},
		{"--only step-nine", 2, "concepts, mount-hierarchy"},
		{"--from 99", 2, "concepts, mount-hierarchy"},
		{"--from naive --only undo", 2, "choose one"},
		{"--nonsense", 2, "see --help"},
		{"--nam x", 2, "unknown flag: --nam"},
		{"--nam x", 2, "did you mean --name? see --help"},
		{"--nam x --lang zh", 2, "没有选项 --nam"},
		{"-auto --lang=zh", 2, "是不是想写 --auto？请看 --help"},
		{"--mem --lang=zh", 2, "请写数字加单位"},
		{"--lang=zh --mem", 2, "选项 --mem 后面要写一个值"},
		{"--lang=zh --auto=perhaps", 2, `选项 --auto 的值 "perhaps" 不对`},
		{"--lang=zh ---x", 2, "选项写法不对：---x"},
		{"--from reexc", 2, "did you mean reexec? it takes one of"},
		{"docter --lang=zh", 2, "是不是想写 doctor？可用的有"},
		{"docter", 2, "doctor, clean"},
		{"clean everything", 2, "takes flags only"},
	} {
		t.Run(test.args, func(t *testing.T) {
			output, status := Run(t, strings.Fields(test.args)...)
			WantStatus(t, output, status, test.status)
			if !strings.Contains(output, test.says) {
				t.Errorf("it does not say %q:\n%s", test.says, output)
			}
		})
	}
}

func TestColour(t *testing.T) {
	NeedsRoot(t)
	for _, test := range []struct {
		name, args  string
		environment []string
		colour      bool
	}{
		{"none in a pipe", "", nil, false},
		{"always", "--color always", nil, true},
		{"always wins over NO_COLOR", "--color always", []string{"NO_COLOR=1"}, true},
		{"plain wins over always", "--color always --plain", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := Command(t, append(strings.Fields(test.args), "--only", "concepts")...)
			cmd.Env = append(cmd.Env, test.environment...)
			output, status := Finish(t, cmd)
			WantStatus(t, output, status, 0)
			if got := strings.Contains(output, "\x1b["); got != test.colour {
				t.Errorf("colour: %v, want %v", got, test.colour)
			}
		})
	}
}

func TestNoColourAtATerminal(t *testing.T) {
	NeedsRoot(t)
	cmd := Command(t, "--only", "concepts")
	cmd.Env = append(cmd.Env, "NO_COLOR=1")
	terminal, said := AtTerminal(t, cmd, 80)
	Press(t, terminal, said, cmd, "\n")
	said.Await(t, "each proven by the kernel", 1)
	if strings.Contains(said.String(), "\x1b[3") {
		t.Errorf("NO_COLOR is set, but:\n%q", said)
	}
}

func TestPlainHasAWordForEveryStatus(t *testing.T) {
	NeedsRoot(t)
	output, status := Run(t, "--plain", "--only", "concepts")
	WantStatus(t, output, status, 0)
	if strings.ContainsAny(output, "✓✗\x1b\r") || !strings.Contains(output, "\nok: ") {
		t.Errorf("it says:\n%s", output)
	}
}

func TestTheLocaleChoosesTheLanguage(t *testing.T) {
	cmd := Command(t, "--list")
	cmd.Env = append(cmd.Env, "LC_ALL=zh_CN.UTF-8")
	output, status := Finish(t, cmd)
	WantStatus(t, output, status, 0)
	if !strings.Contains(output, "三个词") {
		t.Errorf("it says:\n%s", output)
	}
}

func TestDoctor(t *testing.T) {
	output, status := Run(t, "doctor", "--plain")
	for _, row := range []string{"operating system: Linux", "cgroup: ", "swap: ", "load: ", "free memory: ", "temporary files: "} {
		if !strings.Contains(output, row) {
			t.Errorf("no row %q in:\n%s", row, output)
		}
	}
	verdict := "Nothing that this chapter needs is missing."
	if os.Geteuid() == 0 {
		NeedsRoot(t)
		WantStatus(t, output, status, 0)
	} else {
		WantStatus(t, output, status, 3)
		verdict = "nothing else is missing."
	}
	if !strings.HasSuffix(output, verdict+"\n") {
		t.Errorf("it does not end with %q:\n%s", verdict, output)
	}
}

func TestWithoutRootItSaysWhatToDo(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("this test wants an ordinary user")
	}
	output, status := Run(t)
	WantStatus(t, output, status, 3)
	for _, words := range []string{"start it as root: ", "nothing else is missing", "day2-cgroups doctor"} {
		if !strings.Contains(output, words) {
			t.Errorf("it does not say %q:\n%s", words, output)
		}
	}
}

func TestALoadThatWouldNotFitIsRefused(t *testing.T) {
	NeedsRoot(t)
	output, status := Run(t, "--mem", "100t")
	WantStatus(t, output, status, 3)
	if !strings.Contains(output, "choose a smaller --mem") {
		t.Errorf("it says:\n%s", output)
	}
}

func TestCleanWithNothingToDoSaysSo(t *testing.T) {
	NeedsRoot(t)
	var output string
	for range 10 { // other days' tests, at the same time, may leave something for it to do
		var status int
		output, status = Run(t, "clean")
		WantStatus(t, output, status, 0)
		if strings.Contains(output, "Nothing was left over.") {
			return
		}
	}
	t.Errorf("it says:\n%s", output)
}

// A group of the lesson's name that the lesson has not made is somebody's, and
// perhaps dear to them: it stays as it is, and the lesson takes another name.
func TestANameThatIsTaken(t *testing.T) {
	NeedsRoot(t)
	group := testGroup(t)
	if err := group.Make(); err != nil {
		t.Fatal(err)
	}
	if err := group.LimitMemory(77 << 20); err != nil {
		t.Fatal(err)
	}
	output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--mem", "8m", "--only", "limit-by-hand", "--name", group.Name)
	WantStatus(t, output, status, 0)
	if !says(output, "so this run takes "+group.Name+"-2") {
		t.Errorf("it does not say that it took another name:\n%s", output)
	}
	dir, version := group.Dir("memory")
	if limit, err := cgroup.ReadInt(filepath.Join(dir, version.Names().MemoryLimit)); err != nil || limit != 77<<20 {
		t.Errorf("the group that was there has a limit of %d now, %v", limit, err)
	}
}

// says reports whether words stand in the output, however its lines break.
func says(output, words string) bool {
	return strings.Contains(strings.Join(strings.Fields(output), " "), words)
}

// Whatever is typed, the flags are read or refused, without a panic.
func FuzzFlags(f *testing.F) {
	for _, seed := range []string{"--mem 100m", "--mem= --name ../x", "--load stress", "--mem 1e400g", "--name 控制组", "-m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var d day2
		flags := pflag.NewFlagSet("day2-cgroups", pflag.ContinueOnError)
		flags.Usage = func() {}
		d.flags(flags, lang.English)
		if flags.Parse(strings.Fields(line)) != nil || d.verify() != nil {
			return
		}
		if strings.Contains(d.name, "/") || d.name == "" || d.limit < 4<<20 {
			t.Errorf("%q was accepted: %+v", line, d)
		}
	})
}
