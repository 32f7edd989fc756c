//go:build linux

package main

import (
	"os/exec"
	"strings"
	"testing"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lesson/lessontest"
)

func TestTextsAndCodeAreOne(t *testing.T) { lessontest.Texts(t) }

// A whole lesson shows what the chapter's console blocks show, proves every
// claim, and leaves the machine as it was; in both languages.
func TestTheLessonIsTheChapter(t *testing.T) {
	needRoot(t)
	memory, err := cgroup.Find("memory")
	if err != nil {
		t.Skip(err)
	}
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			leavesNothing(t)
			cmd := command(t, "--plain", "--auto")
			cmd.Env = append(cmd.Env, "LC_ALL="+map[string]string{"en": "C", "zh": "zh_CN.UTF-8"}[language])
			output, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v:\n%s", err, output)
			}
			lessontest.Console(t, string(output), memory.Version.String())
			if proofs := strings.Count(string(output), "\nok: "); proofs != 20 {
				t.Errorf("%d claims proven, want 20", proofs)
			}
		})
	}
}

// Each step can be taken alone, with what it builds on.
func TestEachStepAlone(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for _, step := range chapter().Steps {
		if out, err := command(t, "--only", step.ID, "--auto", "--plain").CombinedOutput(); err != nil {
			t.Errorf("--only %s: %v:\n%s", step.ID, err, out)
		}
	}
}

// --help shows the tool as well as the lesson, in both languages.
func TestHelpShowsTheSubCommands(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		out, err := command(t, "--help", "--lang", language).CombinedOutput()
		if err != nil || !strings.Contains(string(out), " run ") || !strings.Contains(string(out), " rootfs ") {
			t.Errorf("%v:\n%s", err, out)
		}
	}
}

// Nothing scrolls away that was not there to be read.
func TestScreens(t *testing.T) {
	needRoot(t)
	if _, err := cgroup.Find("memory"); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("it is slow where the machine is emulated")
	}
	lessontest.ReplayAll(t, false, func(t *testing.T, args ...string) *exec.Cmd { return command(t, args...) })
}
