package buildtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/build"
)

// Whatever a program does, there is a verdict within its time, it is no pass, and the
// machine is as it was.
func TestHostilePrograms(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs go, which builds what is tried")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root, whom to hold is hard")
	}
	// Everybody may write it, and nothing is mounted over it: that it is read-only is
	// all that keeps it.
	canary, err := os.MkdirTemp("/var/lib", "lab-canary-")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(canary, 0o777), os.WriteFile(filepath.Join(canary, "bird"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(canary) })
	t.Setenv("LAB_CANARY", canary)
	w := workshop(t)
	w.Patience = 1500 * time.Millisecond
	programs, err := filepath.Glob("testdata/hostile/*.go")
	if err != nil || len(programs) < 8 {
		t.Fatal(programs, err)
	}
	for _, file := range programs {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".go"), func(t *testing.T) {
			program := compile(t, read(t, file))
			before := whole(t, canary)
			begin := time.Now()
			o, err := w.Look(build.Whole, program)
			if took := time.Since(begin); took > w.Patience+6*time.Second {
				t.Errorf("the verdict took %v", took)
			}
			if v := build.Judge(build.Whole, o); err != nil || v.Result == lab.Pass || v.Seen == "" {
				t.Errorf("%+v, %v", v, err)
			}
			if strings.Contains(o.Words.Output, "BROKEN") {
				t.Errorf("it could do harm:\n%s", o.Words.Output)
			}
			if len(o.Words.Output) > 2<<20 {
				t.Errorf("%d bytes of its output were kept", len(o.Words.Output))
			}
			if after := whole(t, canary); after != before {
				t.Errorf("the machine is not as it was:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// whole is what a hostile program could change.
func whole(t *testing.T, canary string) string {
	t.Helper()
	state, err := host.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	name, _ := os.Hostname()
	list := []string{name}
	for _, mount := range state.Mounts {
		if !strings.Contains(mount, " "+os.TempDir()+"/") { // where other packages' tests mount
			list = append(list, mount)
		}
	}
	for _, group := range state.Cgroups { // other packages' tests have some too, that come and go
		if strings.Contains(group, fmt.Sprintf("/judge-%d-", os.Getpid())) { // it would stay if a process stayed in it
			list = append(list, group)
		}
	}
	filepath.WalkDir(canary, func(path string, e fs.DirEntry, err error) error {
		info, _ := os.Lstat(path)
		list = append(list, path+" "+info.Mode().String())
		return err
	})
	return strings.Join(list, "\n")
}
