//go:build linux

package main

import (
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
		t.Fatal(err)
	}
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			leavesNothing(t)
			cmd := command(t, "--plain", "--auto", "--lang", language)
			output, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v:\n%s", err, output)
			}
			lessontest.Console(t, string(output), memory.Version.String())
			if proofs := strings.Count(string(output), "\nok: "); proofs != 18 {
				t.Errorf("%d claims proven, want 18", proofs)
			}
		})
	}
}
