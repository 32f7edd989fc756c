//go:build linux

package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// A cure belongs to what failed and to what the kernel said of it: where nothing
// is known, none is guessed.
func TestWhyNoNamespaces(t *testing.T) {
	clone := func(err error) error { return &os.PathError{Op: "fork/exec", Path: "/usr/bin/mount", Err: err} }
	ended := exec.Command("false").Run()
	for _, test := range []struct {
		err  error
		says string
	}{
		{&exec.Error{Name: "mount", Err: exec.ErrNotFound}, "PATH is"},
		{clone(syscall.EAGAIN), "ulimit -u"},
		{clone(syscall.ENOSPC), "/proc/sys/user"},
		{clone(syscall.EPERM), "a chroot forbids it"},
		{fmt.Errorf("mount: /proc: permission denied.: %w", ended), "a masked /proc"},
		{clone(syscall.ENOEXEC), ""},
		{clone(syscall.ENOMEM), ""},
		{errors.New("something else"), ""},
	} {
		said := whyNoNamespaces(test.err)
		if test.says == "" && said != (lang.Text{}) || !strings.Contains(said.EN, test.says) || (said.EN == "") != (said.ZH == "") {
			t.Errorf("%v: %q, want %q", test.err, said, test.says)
		}
	}
}

// Uid 0 is not enough to be root: of a user namespace, or without its rights.
func TestRootIsTheMachinesRoot(t *testing.T) {
	if os.Getenv("HOST_TEST_ROOT") != "" {
		c := Root("day9")()
		fmt.Println(c.Status == Yes, IsRoot(), c.Found.EN)
		os.Exit(0)
	}
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be less")
	}
	for _, test := range []struct{ with, says string }{
		{"", "true true uid 0"},
		{"unshare -r", "false false uid 0 of a user namespace, not of the machine"},
		{"setpriv --bounding-set -sys_admin", "false false uid 0, without the capability CAP_SYS_ADMIN"},
	} {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if test.with != "" && exec.Command("sh", "-c", test.with+" true").Run() != nil {
			t.Logf("not tried, this machine can't: %s", test.with)
			continue
		}
		words := append(strings.Fields(test.with), self, "-test.run", "^TestRootIsTheMachinesRoot$")
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env = append(os.Environ(), "HOST_TEST_ROOT=1")
		if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != test.says {
			t.Errorf("%s: %q, %v, want %q", test.with, out, err, test.says)
		}
	}
}

// A TMPDIR on a file system mounted noexec is found before the lesson that starts
// a program in it, and does for the others.
func TestTemporaryOnNoexec(t *testing.T) {
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
	defer unix.Unmount(dir, 0)
	t.Setenv("TMPDIR", dir)
	if c := Temporary(); c.Status != Yes {
		t.Errorf("files alone: %+v", c)
	}
	c := TemporaryPrograms()
	if c.Status != No || !strings.Contains(c.Found.EN, "TMPDIR is "+dir) || !strings.Contains(c.Cure.EN, "noexec") {
		t.Errorf("programs: %+v", c)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// What ulimit leaves too little of is found before the lesson.
func TestLimitsAreLookedAt(t *testing.T) {
	if os.Getenv("HOST_TEST_LIMITS") != "" {
		fmt.Println(Limits().Status == Yes, Limits().Found.EN)
		os.Exit(0)
	}
	for limit, says := range map[string]string{
		"-n 16": "false ulimit -n 16", "-f 1": "false ulimit -f 1", "-f 0": "false ulimit -f 0", "-n 256": "true high enough",
	} {
		cmd := exec.Command("sh", "-c", "ulimit "+limit+` && exec "$0" -test.run '^TestLimitsAreLookedAt$'`, "/proc/self/exe")
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args[3] = self
		cmd.Env = append(os.Environ(), "HOST_TEST_LIMITS=1")
		if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != says {
			t.Errorf("ulimit %s: %q, %v, want %q", limit, out, err, says)
		}
	}
}

// A /proc that does not show everything is told as what it is.
func TestProcThatHides(t *testing.T) {
	if os.Getenv("HOST_TEST_PROC") != "" {
		fmt.Println(Proc().Status, strings.TrimRight(Proc().Found.EN, "0123456789"))
		os.Exit(0)
	}
	if os.Geteuid() != 0 {
		t.Skip("it takes root to mount")
	}
	if out, err := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true").CombinedOutput(); err != nil {
		t.Skipf("setpriv, which busybox has with fewer options: %v: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	top := filepath.Dir(filepath.Dir(self)) // go's, which nobody else may enter
	if err := errors.Join(os.Chmod(top, 0o755), os.Chmod(filepath.Dir(self), 0o755)); err != nil {
		t.Fatal(err)
	}
	for option, says := range map[string]string{
		"rw":         fmt.Sprintln(Yes, "shows this process, "),
		"hidepid=2":  fmt.Sprintln(Perhaps, "shows this process, "),
		"subset=pid": fmt.Sprintln(No, "shows processes alone (mounted with subset=pid)"),
	} {
		cmd := exec.Command("sh", "-c", "mount -t proc -o "+option+` proc /proc || exit 9
			exec setpriv --reuid=65534 --regid=65534 --clear-groups "$0" -test.run '^TestProcThatHides$'`, self)
		cmd.Env = append(os.Environ(), "HOST_TEST_PROC=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 9 {
			continue // this kernel does not know the option
		}
		if string(out) != says {
			t.Errorf("%s: %q, %v, want %q", option, out, err, says)
		}
	}
}

// Of whom it wants a capability the kernel says EPERM; EACCES to root is a module's word.
func TestASecurityModuleIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	if said := Forbidden(fmt.Errorf("mount: %w", syscall.EACCES)); !strings.Contains(said.EN, "AppArmor") || said.ZH == "" {
		t.Errorf("%+v", said)
	}
	if said := Forbidden(fmt.Errorf("mount: %w", syscall.EPERM)); said != (lang.Text{}) {
		t.Errorf("%+v", said)
	}
}

func TestAChrootIsSeen(t *testing.T) {
	if os.Getenv("HOST_TEST_KIND") != "" {
		fmt.Println("kind:", Kind().Found.EN)
		return
	}
	if os.Geteuid() != 0 || inChroot() {
		t.Skip("needs root, outside a chroot")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for script, want := range map[string]bool{ // the shell stays, as process 1 outside
		`mount --rbind / "$1" && HOST_TEST_KIND=1 chroot "$1" "$2" -test.run TestAChrootIsSeen; exit $?`: true,
		`HOST_TEST_KIND=1 "$2" -test.run TestAChrootIsSeen`:                                              false,
	} {
		out, err := exec.Command("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private", "sh", "-c", script, "sh", dir, self).CombinedOutput()
		if err != nil || strings.Contains(string(out), "kind: a chroot") != want {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}
