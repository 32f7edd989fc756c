package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// In a school a directory service knows the users, and /etc/passwd does not.
func TestAHomeIsAskedOfTheDirectoryService(t *testing.T) {
	dir := t.TempDir()
	getent := "#!/bin/sh\n[ \"$*\" = 'passwd 7654321' ] && echo 'ann:*:7654321:100:Ann:/home/school/ann:/bin/sh'\n"
	if err := os.WriteFile(filepath.Join(dir, "getent"), []byte(getent), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	if home, err := homeOf(7654321); home != "/home/school/ann" || err != nil {
		t.Errorf("%q %v", home, err)
	}
	if home, err := homeOf(0); home == "" || err != nil {
		t.Errorf("root's: %q %v", home, err)
	}
	if home, err := homeOf(7654322); err == nil {
		t.Errorf("nobody's: %q", home)
	}
}

// Who can't write or start what go builds is told that, and not of namespaces.
func TestWhereNothingCanBeBuiltIsSaid(t *testing.T) {
	t.Setenv("SUDO_UID", "1000")
	for text, cured := range map[string]bool{
		"go: write /tmp/go-build1/importcfg.link: no space left on device":                           true,
		"go: close /home/ann/.cache/go-build/00/x: disk quota exceeded":                              true,
		"failed to initialize build cache at /root/.cache/go-build: mkdir /root/.cache/go-build/00:": true,
		"github.com/creack/pty: Get \"https://proxy.golang.org/\": dial tcp: i/o timeout":            true,
		"signal: killed": false,
	} {
		if cure := goCure(text); (cure.EN != "" && cure.ZH != "") != cured {
			t.Errorf("%s: %+v", text, cure)
		}
	}
}

func TestThePlaceForTheTryIsLookedAt(t *testing.T) {
	dir := t.TempDir()
	runtime.LockOSThread() // the thread ends with the test, and with it these mounts, which nobody else sees
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skip("it takes root to mount: ", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("noexec", dir, "tmpfs", unix.MS_NOEXEC, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	t.Setenv("TMPDIR", dir)
	p, err := newPlace()
	if err == nil {
		p.remove()
		t.Fatalf("%s was made, where nothing can be started", p.dir)
	}
	if message, cure := lang.Explain(err, lang.English); !strings.Contains(message, "TMPDIR is "+dir) || cure == "" {
		t.Errorf("%s: %s", message, cure)
	}
}

// What does not compile is the compiler's to say.
func TestABrokenFile(t *testing.T) {
	if err := exec.Command("go", "build", "-o", os.DevNull, "fmt").Run(); err != nil {
		t.Skip("there is no compiler that works for this user: ", err)
	}
	var refusal *lab.Refusal
	if _, err := tryFile(Begin, brokenFile(t), 4107); !errors.As(err, &refusal) {
		t.Errorf("%v, want what the compiler says", err)
	}
}

// Without go nothing can be told.
func TestWithoutGo(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("GOROOT", "/nonesuch")
	var refusal *lab.Refusal
	if _, err := tryFile(Begin, brokenFile(t), 4107); err == nil || errors.As(err, &refusal) {
		t.Errorf("without go: %v", err)
	}
}

func brokenFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "container.go")
	if err := os.WriteFile(file, []byte("package main\n\nfunc main( {\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
