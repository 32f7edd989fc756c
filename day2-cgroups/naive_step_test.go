//go:build linux

package main

import (
	"os/exec"
	"testing"

	"mydocker.example/shared/cgroup"
)

// On a busy machine the limit comes when the load has all its memory, and kills it
// before anybody has looked where it is. That is no error.
func TestALoadThatIsGoneIsNoError(t *testing.T) {
	group, err := cgroup.New("gone", "memory")
	if err != nil {
		t.Skip(err)
	}
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	_, alone := whereItIs(group, child.Process.Pid)
	child.Process.Kill()
	child.Wait()
	_, ended := whereItIs(group, child.Process.Pid)
	for what, err := range map[string]error{"without a load": alone, "ended": ended} {
		if !isGone(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if isGone(nil) {
		t.Error("what is there is not gone")
	}
}
