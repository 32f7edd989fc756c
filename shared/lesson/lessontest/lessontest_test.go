package lessontest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const chapter = `# Day

<!-- step: one -->
## One

<!-- note: 2 min. Look at them. -->

Words.

~~~go code.go Answer
func Answer() int { return 42 }
~~~

~~~console
$ cat file
a … c
…
e
$ echo 1 > b   # if it is not there
~~~

- [x] It is so <!-- proof: so -->

<!-- steps end -->
`

const run = `[1/1] One

Words.

$ cat file
a b c
d
e
ok: It is so
    c
`

// Each way in which text, code and run can drift apart is found, with the file
// and the line.
func TestDriftIsFound(t *testing.T) {
	if os.Getenv("LESSONTEST_DIR") != "" {
		t.Skip("only as the parent")
	}
	for _, test := range []struct {
		name   string
		change func(files map[string]string)
		finds  string
	}{
		{"nothing has drifted", func(map[string]string) {}, ""},
		{"a step of another name", replace("README.zh-CN.md", "step: one", "step: two"), "README.md:3 and README.zh-CN.md:3: step"},
		{"a step without a twin", replace("README.zh-CN.md", "<!-- step: one -->", ""), "README.md has 1 steps, README.zh-CN.md 0"},
		{"a claim less", replace("README.zh-CN.md", "- [x] It is so <!-- proof: so -->", ""), "claims differ"},
		{"no note for the speaker", replace("README.md", "<!-- note: 2 min. Look at them. -->", ""), "has no note for the speaker"},
		{"other minutes", replace("README.zh-CN.md", "2 min.", "3 min."), "the speaker's notes differ"},
		{"another listing", replace("README.zh-CN.md", "42", "43"), "listings differ"},
		{"another console block", replace("README.zh-CN.md", "$ cat file", "$ ls file"), "console blocks differ"},
		{"other code", replace("code.go", "42", "41"), "README.md:11: the listing is not Answer"},
		{"no such function", replace("code.go", "Answer", "Question"), "has no function Answer"},
		{"a dead link", replace("README.md", "Words.", "[Words](nowhere.md)."), "README.md:8: a link to nowhere.md"},
		{"half-width punctuation", replace("README.zh-CN.md", "Words.", "词,句。"), "README.zh-CN.md:8: half-width"},
		{"another command in the run", replace("run", "$ cat file", "$ tac file"), "the run does not show this line here:\n$ cat file"},
		{"another answer in the run", replace("run", "a b c", "a b d"), "the run does not show this line here:\na … c"},
		{"a command that no block has", replace("run", "ok: It", "$ rm file\nok: It"), "which no block has:\n$ rm file"},
		{"a step that was not run", replace("run", "[1/1] One", "Two"), "the run ended before step one"},
		{"an optional command that was run", replace("run", "ok: It", "$ echo 1 > b\nok: It"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.ReplaceAll(chapter, "~~~", "```")
			files := map[string]string{
				"README.md": text, "README.zh-CN.md": text, "run": run,
				"code.go": "package code\n\nfunc Answer() int { return 42 }\n",
			}
			test.change(files)
			dir := t.TempDir()
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			check := exec.Command(self, "-test.run", "^TestHelper$")
			check.Dir = dir
			check.Env = append(os.Environ(), "LESSONTEST_DIR="+dir)
			output, err := check.CombinedOutput()
			if failed := err != nil; failed != (test.finds != "") {
				t.Errorf("failed: %v, want %v:\n%s", failed, test.finds != "", output)
			}
			said := strings.ReplaceAll(string(output), "\n            ", "\n")
			said = strings.ReplaceAll(said, "\n        ", "\n")
			if !strings.Contains(said, test.finds) {
				t.Errorf("it does not say %q:\n%s", test.finds, said)
			}
		})
	}
}

func replace(file, old, new string) func(map[string]string) {
	return func(files map[string]string) { files[file] = strings.Replace(files[file], old, new, 1) }
}

// TestHelper is the chapter's test that TestDriftIsFound runs on its files.
func TestHelper(t *testing.T) {
	dir := os.Getenv("LESSONTEST_DIR")
	if dir == "" {
		t.Skip("only as a helper")
	}
	t.Chdir(dir)
	Texts(t)
	shown, err := os.ReadFile("run")
	if err != nil {
		t.Fatal(err)
	}
	Console(t, string(shown), "v1")
}
