package buildtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/build"
	"mydocker.example/shared/lab/build/edits"
)

// A process that is stopped answers nothing, so nothing can be told of it: not that it
// is right, and not that it is wrong.
func TestAStoppedProbe(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil || os.Geteuid() != 0 {
		t.Skip("needs root, and go, which builds what is tried")
	}
	w := workshop(t)
	w.Patience = 1500 * time.Millisecond
	solution := read(t, "../../../../day2-cgroups/labs/solutions/two-lives/container.go")
	const wait = "	cmd.Wait() // its error is the exit status\n"
	if !strings.Contains(solution, wait) {
		t.Fatal("the solution does not wait")
	}
	source := strings.Replace(solution, wait, "	cmd.Process.Signal(syscall.SIGSTOP)\n"+wait, 1)
	if v := w.judge(t, build.TwoLives, compile(t, source)); v.Result != lab.CannotTell || v.Hint != "stopped" {
		t.Errorf("%+v, want cannot tell", v)
	}
}

// Who asks again and again whether they are in the group may be right, or may give up
// soon.
func TestAGateThatNeverRests(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil || os.Geteuid() != 0 {
		t.Skip("needs root, and go, which builds what is tried")
	}
	w := workshop(t)
	w.Patience = 1500 * time.Millisecond
	source, err := edits.Apply(read(t, "../../../../day2-cgroups/labs/solutions/gate/container.go"), read(t, "testdata/asks-again"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.Gate(compile(t, source))
	if err != nil {
		t.Fatal(err)
	}
	if v.Result == lab.CannotTell && v.Hint == "" {
		t.Skip("the gate can't be held here")
	}
	if v.Result != lab.CannotTell || v.Hint != "restless" {
		t.Errorf("%+v, want cannot tell", v)
	}
}
