package shell

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		name, text string
		columns    int
		indent     string
		want       string
	}{
		{"English breaks at blanks", "make a group, write a PID", 12, "", "make a\ngroup, write\na PID"},
		{"a word too wide stays whole", "see /sys/fs/cgroup/memory now", 10, "", "see\n/sys/fs/cgroup/memory\nnow"},
		{"an indent", "- one two three", 9, "  ", "- one two\n  three"},
		{"Chinese breaks anywhere", "控制组是一组进程", 8, "", "控制组是\n一组进程"},
		{"but not before a full stop", "控制组是一。", 10, "", "控制组是\n一。"},
		{"nor after an opening bracket", "控制组（组）", 8, "", "控制组\n（组）"},
		{"English in Chinese stays whole", "写进 cgroup.procs 文件", 14, "", "写进\ncgroup.procs\n文件"},
		{"quotes are wide in Chinese, also around English", "运行“run”之后", 14, "", "运行“run”之\n后"},
		{"and narrow in English", "run “run” and", 13, "", "run “run” and"},
		{"colours take no room", "\x1b[36mmemory\x1b[0m and \x1b[1mcpu\x1b[0m", 14, "", "\x1b[36mmemory\x1b[0m and \x1b[1mcpu\x1b[0m"},
		{"lines stay", "one\ntwo", 80, "", "one\ntwo"},
		{"nothing", "", 80, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Wrap(test.text, test.columns, test.indent); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("控制组（cgroup）是 a set of processes，", 10)
	f.Add("\x1b[1mbold\x1b[0m", 1)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		if !utf8.ValidString(text) {
			return
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := Wrap(text, columns, "  "); squeeze(got) != squeeze(text) {
			t.Errorf("Wrap(%q, %d) loses something: %q", text, columns, got)
		}
	})
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"stress":        "stress",
		"--vm-bytes":    "--vm-bytes",
		"":              "''",
		"kill -STOP $$": "'kill -STOP $$'",
		"don't":         `'don'\''t'`,
	} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
	}
}

// A command is broken where a shell reads it as the same.
func TestWrapCommand(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{"echo one", "echo one"},
		{"echo one two three four five", "echo one two three \\\n    four five"},
		{"echo 'one two three four' 5", "echo \\\n    'one two three four' \\\n    5"},
		{"echo \"one two three four\" 5", "echo \\\n    \"one two three four\" \\\n    5"},
		{"sh -c 'echo one; echo two && echo three'", "sh -c 'echo one;\n    echo two &&\n    echo three'"},
		{`echo one\ two\ three\ four five`, "echo \\\n    " + `one\ two\ three\ four` + " \\\n    five"},
		{"cat /a/name/that/is/wider/than/the/line", "cat \\\n    /a/name/that/is/wider/than/the/line"},
	} {
		got := wrapCommand(row.line, 22)
		if got != row.want {
			t.Errorf("%q: %q, want %q", row.line, got, row.want)
		}
		if !strings.HasPrefix(row.line, "cat") {
			if one, two := run(t, row.line), run(t, got); one != two {
				t.Errorf("%q says %q, and broken %q", row.line, one, two)
			}
		}
	}
}

func run(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", command).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", command, err, out)
	}
	return string(out)
}
