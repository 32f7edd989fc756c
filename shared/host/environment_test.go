//go:build linux

package host

import (
	"os"
	"path/filepath"
	"testing"
)

// A TMPDIR that is no directory of ours to write to is as good as none.
func TestTMPDIRIsLookedAt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.Mkdir("relative", 0o700); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		dir: dir, dir + "/": dir, "": "/tmp", "relative": "/tmp", "/not/there": "/tmp", file: "/tmp", "/proc/self": "/tmp",
	} {
		t.Setenv("TMPDIR", value)
		if got := TempDir(); got != want {
			t.Errorf("TMPDIR=%s: %s, want %s", value, got, want)
		}
	}
}

// XDG_RUNTIME_DIR counts where it is as its specification says.
func TestXDGRuntimeDirIsLookedAt(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", "")
	without := RuntimeDir()
	for _, test := range []struct {
		name, dir string
		mode      os.FileMode
		counts    bool
	}{
		{"as it should be", dir + "/own", 0o700, true},
		{"others may read it", dir + "/open", 0o755, false},
		{"others may write to it", dir + "/wide", 0o777, false},
		{"relative", "relative", 0o700, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(dir)
			if err := os.Mkdir(test.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(test.dir, test.mode); err != nil {
				t.Fatal(err)
			}
			t.Setenv("XDG_RUNTIME_DIR", test.dir)
			if counts := RuntimeDir() != without; counts != test.counts {
				t.Errorf("it counts: %v, want %v", counts, test.counts)
			}
		})
	}
	for _, value := range []string{"", "/not/there", "/dev/null", "/proc/1"} {
		t.Setenv("XDG_RUNTIME_DIR", value)
		if os.Geteuid() == 0 && value == "/proc/1" {
			continue // root's own, and no harm: root does not ask
		}
		if got := RuntimeDir(); got != without {
			t.Errorf("XDG_RUNTIME_DIR=%s: %s, want %q as without it", value, got, without)
		}
	}
}

// So does XDG_STATE_HOME, which may have to be made yet.
func TestXDGStateHomeIsLookedAt(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	usual := filepath.Join(home, ".local/state")
	for value, want := range map[string]string{
		home + "/state": home + "/state", home + "/a/b/": home + "/a/b", "": usual, "relative": usual,
		"/etc/passwd": usual, "/etc/passwd/below": usual, "/root/of/another": usual,
	} {
		if os.Geteuid() == 0 && value == "/root/of/another" {
			continue // root may
		}
		t.Setenv("XDG_STATE_HOME", value)
		if got, err := StateDir(); got != want || err != nil {
			t.Errorf("XDG_STATE_HOME=%s: %s %v, want %s", value, got, err, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "relative")
	if got, err := StateDir(); err == nil {
		t.Errorf("HOME=relative: %s", got)
	}
}
