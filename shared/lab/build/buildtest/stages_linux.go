// Package buildtest tries a day's stages: that the judge passes what is right, and
// gives each wrong way the hint that it is named after.
package buildtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/build"
	"mydocker.example/shared/lab/build/edits"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/lesson"
)

// Stages tries the stages in the current directory, a day's labs: in skeletons/ and
// solutions/ whole files, in wrong/STAGE/HINT.NAME the edits that make a solution a
// wrong one. Where they were built before, those are tried that were.
func Stages(t *testing.T, stages ...string) {
	dir := builtBefore()
	if _, err := exec.LookPath("go"); dir == "" && (err != nil || os.Geteuid() != 0) {
		t.Skip("needs go and its cache, or what buildtest/programs has built")
	}
	w := workshop(t)
	if w.NoGroup != nil && os.Getenv("LAB_DELEGATED") != "" {
		t.Fatal(w.NoGroup)
	}
	for _, name := range stages {
		stage := build.Stage(slices.Index(build.Stages, name))
		solution := read(t, "solutions/"+name+"/container.go")
		if _, err := os.Stat(filepath.Join(dir, name+".solution")); dir != "" && err != nil {
			continue
		}
		cannotTell := w.NoGroup != nil && stage >= build.Limit // for nothing makes a group here
		t.Run(name+"/solution", func(t *testing.T) {
			program := built(t, dir, name+".solution", solution)
			for range twice() {
				v := w.judge(t, stage, program)
				if cannotTell && v.Result == lab.CannotTell && v.Hint == "not-delegated" {
					continue
				}
				if cannotTell || v.Result != lab.Pass {
					t.Errorf("does not pass: %+v", v)
				}
			}
		})
		if dir == "" {
			t.Run(name+"/skeleton", func(t *testing.T) {
				if v := w.judge(t, stage, compile(t, skeleton(t, name))); v.Result != lab.NotYet {
					t.Errorf("%+v", v)
				}
			})
		}
		wrong, err := filepath.Glob("wrong/" + name + "/*")
		if err != nil || len(wrong) < 3 {
			t.Errorf("%d wrong ways for %s, want three at least", len(wrong), name)
		}
		for _, file := range wrong {
			hint, _, _ := strings.Cut(filepath.Base(file), ".")
			if _, err := os.Stat(filepath.Join(dir, name+"."+filepath.Base(file))); dir != "" && err != nil {
				continue
			}
			t.Run(name+"/"+filepath.Base(file), func(t *testing.T) {
				edit := read(t, file)
				source, err := edits.Apply(solution, edit)
				if err != nil {
					t.Fatal(err)
				}
				program := built(t, dir, name+"."+filepath.Base(file), source)
				first, _, _ := strings.Cut(edit, "\n")
				if strings.Contains(first, "user only") && os.Geteuid() == 0 {
					t.Skip("wrong for an ordinary user alone, who tries it; that it compiles is all that was tried")
				}
				if strings.Contains(first, "root only") && os.Geteuid() != 0 {
					t.Skip("an ordinary user can't even do what is wrong")
				}
				v := w.judge(t, stage, program)
				if cannotTell && v.Result == lab.CannotTell && v.Hint == "not-delegated" {
					return
				}
				if v.Result != lab.NotYet || v.Hint != hint {
					t.Errorf("%+v, want the hint %s", v, hint)
				}
			})
		}
	}
}

// twice is how often a solution must pass, where the machine is not an emulated one.
func twice() int {
	if testing.Short() {
		return 1
	}
	return 2
}

// builtBefore is where buildtest/programs has put programs, "" where it has not.
func builtBefore() string {
	for _, dir := range []string{"../../shared/lab/build/buildtest/built", "built"} { // of a day's labs, and our own
		if _, err := os.Stat(dir + "/probe"); err == nil {
			return dir
		}
	}
	return ""
}

// built compiles a program, or takes it from where they were built before.
func built(t *testing.T, dir, name, source string) string {
	t.Helper()
	if dir == "" {
		return compile(t, source)
	}
	return filepath.Join(dir, name)
}

// Chapter checks that the chapter's goals for the stages are the judge's facts.
func Chapter(t *testing.T, stages ...string) {
	for _, l := range []lang.Language{lang.English, lang.Chinese} {
		texts, err := lesson.ParseLabs([]byte(read(t, "../"+lesson.ReadmeName(l))))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range stages {
			i := slices.IndexFunc(texts, func(s lesson.Section) bool { return s.ID == name })
			if i < 0 {
				t.Errorf("%s has no lab %s", lesson.ReadmeName(l), name)
				continue
			}
			var want, got []string
			for _, g := range build.Goals(build.Stage(slices.Index(build.Stages, name))) {
				want = append(want, g.ID+": "+lang.Text{EN: g.EN, ZH: g.ZH}.In(l))
			}
			for _, g := range texts[i].Goals {
				got = append(got, g.ID+": "+lesson.Words(g.Text))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, lab %s:\n%q, want\n%q", lesson.ReadmeName(l), name, got, want)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// skeleton is where a stage begins: a file of its own, or the solution before it.
func skeleton(t *testing.T, stage string) string {
	t.Helper()
	if text, err := os.ReadFile("skeletons/" + stage + "/container.go"); err == nil {
		return string(text)
	}
	return read(t, "solutions/"+build.Stages[slices.Index(build.Stages, stage)-1]+"/container.go")
}

func compile(t *testing.T, source string) (program string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "container.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	return goBuild(t, dir, file)
}

func goBuild(t *testing.T, dir, what string) (program string) {
	t.Helper()
	program = filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-o", program, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// A bench is a workshop whose machine must stay as it is.
type bench struct{ *build.Workshop }

func workshop(t *testing.T) bench {
	t.Helper()
	file := builtBefore() + "/probe"
	if file == "/probe" {
		file = goBuild(t, t.TempDir(), "mydocker.example/shared/lab/build/probe")
	}
	probe := read(t, file)
	made, err := ledger.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Undo(func(string) {}); err != nil {
			t.Error(err)
		}
	})
	w, err := build.NewWorkshop(t.TempDir(), []byte(probe), made)
	if err != nil {
		t.Fatal(err)
	}
	return bench{w}
}

// judge looks and judges; the machine's name and mounts are as before.
func (b bench) judge(t *testing.T, stage build.Stage, program string) lab.Verdict {
	t.Helper()
	before := machine(t)
	o, err := b.Look(stage, program)
	if err != nil {
		t.Fatal(err)
	}
	if after := machine(t); after != before {
		t.Errorf("the machine has changed: %s, before %s", after, before)
	}
	return build.Judge(stage, o)
}

func machine(t *testing.T) string {
	t.Helper()
	name, _ := os.Hostname()
	return name + "\n" + read(t, "/proc/self/mountinfo")
}
