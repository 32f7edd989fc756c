package buildtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mydocker.example/shared/cgroup"
)

// Delegated runs the stages again as an ordinary user to whom a group of v2 was
// delegated: nothing of them may be left untried there.
func Delegated(t *testing.T) {
	hierarchy, err := cgroup.Find("memory")
	if err != nil || hierarchy.Version != cgroup.V2 || os.Geteuid() != 0 || builtBefore() == "" {
		t.Skip("needs root, control groups of v2, and what buildtest/programs has built")
	}
	const user = 1000
	top := filepath.Join(hierarchy.Mount, fmt.Sprintf("lab-test-%d", os.Getpid()))
	login := filepath.Join(top, "login")
	t.Cleanup(func() {
		if err := errors.Join(cgroup.Remove(login), cgroup.Remove(top)); err != nil {
			t.Error(err)
		}
	})
	for _, dir := range []string{top, login} {
		for _, controller := range []string{"memory", "pids"} {
			if err := (cgroup.Enabling{Dir: filepath.Dir(dir), Controller: controller}).Enable(); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
			if err := os.Chown(filepath.Join(dir, file), user, user); err != nil {
				t.Fatal(err)
			}
		}
	}
	group, err := os.Open(login)
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	cmd := exec.Command(os.Args[0], "-test.short", "-test.v", "-test.run", "^TestStages$")
	cmd.Env = append(os.Environ(), "LAB_DELEGATED=1", "HOME=/tmp", "TMPDIR=/tmp")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: user, Gid: user},
		UseCgroupFD: true, CgroupFD: int(group.Fd()),
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestStages/whole/solution") {
		t.Errorf("as a user with a group: %v\n%s", err, out)
	}
}
