//go:build linux

package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"mydocker.example/shared/cgroup"
	. "mydocker.example/shared/lesson/lessontest"
)

func TestTextsAndCodeAreOne(t *testing.T) { Texts(t) }

// A whole lesson shows what the chapter's console blocks show, proves every
// claim, and leaves the machine as it was; in both languages.
func TestTheLessonIsTheChapter(t *testing.T) {
	NeedsRoot(t)
	memory, err := cgroup.Find("memory")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			before := look(t)
			output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--lang", language)
			WantStatus(t, output, status, 0)
			var except []string
			if memory.Version == cgroup.V2 && memory.Mount != "/sys/fs/cgroup" { // a hybrid that has it in the v2 part
				output = strings.ReplaceAll(output, memory.Mount, "/sys/fs/cgroup")
				except = []string{"concepts", "controllers"} // which show what v1 there is
			}
			Console(t, output, memory.Version.String(), except...)
			if proofs := strings.Count(output, "\nok: "); proofs != 20 {
				t.Errorf("%d claims proven, want 20", proofs)
			}
			wantUnchanged(t, before)
		})
	}
}

// An ordinary user in a v2 group that systemd has delegated to them sees the same,
// but for the steps that mount something.
func TestWithoutRootInADelegatedGroup(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("this test wants an ordinary user")
	}
	memory, err := cgroup.Find("memory")
	if err != nil || memory.Version != cgroup.V2 || memory.Mount != "/sys/fs/cgroup" {
		t.Skip("systemd delegates the memory controller on v2 alone")
	}
	if out, err := exec.Command("systemd-run", "--user", "--scope", "--quiet", "true").CombinedOutput(); err != nil {
		t.Skipf("systemd-run --user --scope: %v: %s", err, out)
	}
	before := look(t)
	cmd := Command(t, "--plain", "--auto", "--load", "builtin")
	cmd.Args = append([]string{"systemd-run", "--user", "--scope", "--quiet", "--", cmd.Path}, cmd.Args[1:]...)
	if cmd.Path, err = exec.LookPath("systemd-run"); err != nil {
		t.Fatal(err)
	}
	output, status := Finish(t, cmd)
	WantStatus(t, output, status, 0)
	delegated := regexp.MustCompile(`/user\.slice/user-\d+\.slice/user@\d+\.service`)
	Console(t, delegated.ReplaceAllString(output, ""), "v2", "undo") // there is no hierarchy to undo
	if proofs := strings.Count(output, "\nok: "); proofs != 15 {
		t.Errorf("%d claims proven, want 15:\n%s", proofs, output)
	}
	wantUnchanged(t, before)
}

func TestTheLessonTakesStressWhereItIsInstalled(t *testing.T) {
	NeedsRoot(t)
	if _, err := exec.LookPath("stress"); err != nil {
		t.Skip("stress is not installed")
	}
	before := look(t)
	output, status := Run(t, "--plain", "--auto", "--only", "limit-by-hand")
	WantStatus(t, output, status, 0)
	if !strings.Contains(output, "exec stress --vm-bytes 200m --vm-keep -m 1") {
		t.Errorf("the load is not stress:\n%s", output)
	}
	wantUnchanged(t, before)
}

func TestOneStepAlone(t *testing.T) {
	NeedsRoot(t)
	for _, step := range []string{"concepts", "mount-hierarchy", "child-cgroup", "controllers", "limit-by-hand", "reexec", "naive", "born-inside", "undo"} {
		t.Run(step, func(t *testing.T) {
			before := look(t)
			output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--mem", "20m", "--only", step)
			WantStatus(t, output, status, 0)
			if headings := strings.Count(output, "/9] "); headings != 1 {
				t.Errorf("%d steps told, want 1", headings)
			}
			wantUnchanged(t, before)
		})
	}
}

func TestFromAStepOn(t *testing.T) {
	NeedsRoot(t)
	before := look(t)
	output, status := Run(t, "--plain", "--auto", "--from", "naive")
	WantStatus(t, output, status, 0)
	for _, heading := range []string{"[7/9]", "[8/9]", "[9/9]"} {
		if !strings.Contains(output, heading) {
			t.Errorf("no step %s", heading)
		}
	}
	if strings.Contains(output, "[6/9]") {
		t.Error("step 6 was told, too")
	}
	wantUnchanged(t, before)
}

// Twenty lessons at once, as in a class on one server: none disturbs another.
func TestTwentyLessonsAtOnce(t *testing.T) {
	NeedsRoot(t)
	before := look(t)
	lessons := 20
	if testing.Short() {
		lessons = 5
	}
	var all sync.WaitGroup
	for range lessons {
		all.Go(func() {
			output, status := Run(t, "--plain", "--auto", "--load", "builtin", "--mem", "8m")
			if status != 0 {
				t.Errorf("exit status %d:\n%s", status, output)
			}
		})
	}
	all.Wait()
	wantUnchanged(t, before)
}

// The child of the right way is in its group every time, and before its load.
func TestTheChildIsInTheGroupEveryTime(t *testing.T) {
	NeedsRoot(t)
	group := testGroup(t)
	if err := group.Make(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		var its strings.Builder
		cmd := exec.Command("cat", "/proc/self/cgroup")
		cmd.Stdout = &its
		if err := group.Start(cmd); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(its.String(), "/"+group.Name+"\n") {
			t.Fatalf("the child is in\n%s", its.String())
		}
	}
}

// The gate of reexec.go, too: no load passes it outside its group.
func TestNoLoadPassesTheGateOutsideItsGroup(t *testing.T) {
	NeedsRoot(t)
	group := testGroup(t)
	RunAsLesson(t)
	load := []string{"/proc/self/exe", "load", "--vm-bytes", "16m", "--vm-over", "0s"}
	for range 20 {
		status, err := parent(t.Context(), group, 8<<20, load, io.Discard, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		if kills, err := group.OOMKills(); err != nil || kills == 0 || status != 137 {
			t.Fatalf("exit status %d, oom_kill %d, %v", status, kills, err)
		}
		if err := group.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}

// testGroup returns a memory group for one test, not made yet.
func testGroup(t *testing.T) *cgroup.Group {
	t.Helper()
	name := "cgroup-demo-test-" + strings.ToLower(t.Name())
	group, err := cgroup.New(name, "memory")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := group.Kill(); err != nil {
			t.Error(err)
		}
		if err := group.Remove(); err != nil {
			t.Error(err)
		}
	})
	return group
}
