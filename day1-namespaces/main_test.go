//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lesson/lessontest"
)

func TestMain(m *testing.M) {
	if os.Getenv(forbidden) != "" {
		runForbidden()
	}
	lessontest.Main(m, main)
}

// forbidden is set for a test binary that is root in a user namespace of its
// own: it forbids further ones there, becomes somebody else, and then runs the
// lesson.
const forbidden = "DAY1_TEST_FORBIDS"

func runForbidden() {
	err := os.WriteFile("/proc/sys/user/"+os.Getenv(forbidden), []byte("0"), 0)
	err = errors.Join(err, syscall.Setgid(1), syscall.Setuid(1), os.Unsetenv(forbidden))
	if err == nil {
		err = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestTextsAndCodeAreOne(t *testing.T) { lessontest.Texts(t) }

// needsNamespaces skips a test where this user may not make them.
func needsNamespaces(t *testing.T) {
	t.Helper()
	if c := host.Namespaces(); c.Status == host.No {
		t.Skip("no namespaces here: ", c.Found.EN)
	}
}

// A whole lesson shows what the chapter's console blocks show, proves every
// claim but that of the shell, and leaves the machine as it was: mounts, host
// name, message queues, interfaces, hierarchies.
func TestTheLessonIsTheChapter(t *testing.T) {
	needsNamespaces(t)
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			before := lessontest.Look(t, lessontest.NoGroup)
			output, status := lessontest.Run(t, "--plain", "--auto", "--lang", language)
			lessontest.WantStatus(t, output, status, 0)
			lessontest.Console(t, output, "v1")
			if proofs := strings.Count(output, "\nok: "); proofs != 39 {
				t.Errorf("%d claims proven, want 39", proofs)
			}
			lessontest.WantUnchanged(t, before, lessontest.NoGroup)
		})
	}
}

// As root a test can also be the ordinary user for whom the chapter is.
func TestAnOrdinaryUserSeesTheSame(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the test of the whole lesson is one already")
	}
	copied := programForAll(t)
	before := lessontest.Look(t, lessontest.NoGroup)
	cmd := lessontest.Command(t, "--plain", "--auto")
	asNobody(t, cmd, copied)
	output, status := lessontest.Finish(t, cmd)
	lessontest.WantStatus(t, output, status, 0)
	lessontest.Console(t, output, "v1")
	if !strings.Contains(output, "$ unshare --map-root-user --uts sh") {
		t.Error("an ordinary user needs a user namespace, and the lesson does not show it")
	}
	lessontest.WantUnchanged(t, before, lessontest.NoGroup)
}

// However much of others' processes and mounts there is or can be seen: a /proc
// mounted with hidepid, and somebody's mounts by the names that the lesson uses.
// And whatever TMPDIR is called.
func TestNoClaimDependsOnOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to mount")
	}
	if out, err := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true").CombinedOutput(); err != nil {
		t.Skipf("setpriv, which busybox has with fewer options: %v: %s", err, out)
	}
	copied := programForAll(t)
	cmd := lessontest.Command(t)
	asNobody(t, cmd, copied)
	self := cmd.Path
	cmd.Env = append(cmd.Env, "TMPDIR="+copied+"/a 'b")
	cmd.Path, cmd.SysProcAttr = "/bin/sh", &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	cmd.Args = []string{"sh", "-c", `set -e
		mount -t proc -o hidepid=2 proc /proc
		mkdir ` + copied + `/theirs
		mkdir -m 777 "$TMPDIR"
		for name in only-inside of-the-copy of-the-original; do mount -t tmpfs $name ` + copied + `/theirs; done
		exec setpriv --reuid=65534 --regid=65534 --clear-groups ` + self + ` --plain --auto`}
	output, status := lessontest.Finish(t, cmd)
	lessontest.WantStatus(t, output, status, 0)
	if proofs := strings.Count(output, "\nok: "); proofs != 39 {
		t.Errorf("%d claims proven, want 39:\n%s", proofs, output)
	}
}

// Where the machine's clock already has an offset, as after a restore with CRIU,
// a day more is a day more.
func TestTomorrowInATimeNamespace(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to set a clock's offset")
	}
	cmd := lessontest.Command(t, "--plain", "--auto", "--only", "time")
	self := cmd.Path
	var err error
	if cmd.Path, err = exec.LookPath("unshare"); err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command("unshare", "--time", "--fork", "true").CombinedOutput(); err != nil {
		t.Skipf("unshare, which busybox has with fewer options: %v: %s", err, out)
	}
	cmd.Args = []string{"unshare", "--time", "--boottime", "100000", "--fork", self, "--plain", "--auto", "--only", "time"}
	output, status := lessontest.Finish(t, cmd)
	lessontest.WantStatus(t, output, status, 0)
	if proofs := strings.Count(output, "\nok: "); proofs != 3 {
		t.Errorf("%d claims proven, want 3:\n%s", proofs, output)
	}
}

// programForAll copies this test binary to where everybody may run it.
func programForAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "day1-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/day1", binary, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

const nobody = 65534

func asNobody(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	cmd.Path, cmd.Dir = dir+"/day1", dir
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// What the lesson makes is its own to use, whatever the umask.
func TestUmask(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root starts it as another user")
	}
	dir := programForAll(t)
	cmd := lessontest.Command(t, "--auto", "--plain", "--only", "mount")
	asNobody(t, cmd, dir)
	program := cmd.Path
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `umask 777; exec "$0" "$@"`, program}, cmd.Args[1:]...)
	output, status := lessontest.Finish(t, cmd)
	lessontest.WantStatus(t, output, status, 0)
}

// Where namespaces are forbidden, the lesson says which setting forbids them
// and what to do, and ends with status 3.
func TestForbiddenNamespacesAreExplained(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to forbid them")
	}
	for _, limit := range []string{"max_user_namespaces", "max_uts_namespaces", "max_net_namespaces"} {
		t.Run(limit, func(t *testing.T) { isExplained(t, limit) })
	}
}

func isExplained(t *testing.T, limit string) {
	copied := programForAll(t)
	cmd := lessontest.Command(t)
	cmd.Path, cmd.Dir = copied+"/day1", copied
	cmd.Env = append(cmd.Env, forbidden+"="+limit, "TMPDIR="+copied, "XDG_RUNTIME_DIR=")
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: 1, HostID: nobody, Size: 1}}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: ids, GidMappings: ids, GidMappingsEnableSetgroups: true,
	}
	output, status := lessontest.Finish(t, cmd)
	lessontest.WantStatus(t, output, status, 3)
	if !strings.Contains(output, "sysctl -w user."+limit) {
		t.Errorf("it says:\n%s", output)
	}
}

// On a machine whose / is shared, as systemd makes it, nothing that the demos
// mount reaches the host.
func TestOnASharedRootTheHostsMountsStay(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to make / shared")
	}
	lessontest.OnASharedRoot(t, func() {
		output, status := lessontest.Run(t, "--plain", "--auto")
		if status != 0 {
			t.Errorf("exit status %d:\n%s", status, output)
		}
	})
}

func TestASignalLeavesNothingBehind(t *testing.T) {
	needsNamespaces(t)
	for at, signal := range map[string]syscall.Signal{
		"I am PID 1":       syscall.SIGINT,
		"only-inside":      syscall.SIGTERM,
		"cat /proc/uptime": syscall.SIGHUP,
	} {
		t.Run(signal.String(), func(t *testing.T) {
			before := lessontest.Look(t, lessontest.NoGroup)
			var said lessontest.Transcript
			cmd := lessontest.Command(t, "--plain", "--auto")
			cmd.Stdout, cmd.Stderr = &said, &said
			lessontest.Start(t, cmd)
			said.Await(t, at, 1)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			lessontest.WantStatus(t, said.String(), lessontest.ExitStatus(cmd), 128+int(signal))
			lessontest.WantNoProcessOf(t, cmd.Process.Pid)
			lessontest.WantUnchanged(t, before, lessontest.NoGroup)
		})
	}
}

// After a SIGKILL, clean takes back the message queue that the lesson made
// outside, the one thing that no namespace takes along.
func TestAfterSIGKILLCleanRestoresTheMachine(t *testing.T) {
	needsNamespaces(t)
	before := lessontest.Look(t, lessontest.NoGroup)
	var said lessontest.Transcript
	cmd := lessontest.Command(t, "--plain", "--auto", "--only", "ipc")
	cmd.Stdout, cmd.Stderr = &said, &said
	lessontest.Start(t, cmd)
	said.Await(t, "Message queue id: ", 1)
	cmd.Process.Kill()
	cmd.Wait()
	lessontest.WantNoProcessOf(t, cmd.Process.Pid)
	output, status := lessontest.Run(t, "clean", "--plain")
	lessontest.WantStatus(t, output, status, 0)
	if !strings.Contains(output, "ipcrm --queue-key ") && !strings.Contains(said.String(), "ipcrm") {
		t.Errorf("clean says:\n%s", output)
	}
	lessontest.WantUnchanged(t, before, lessontest.NoGroup)
}

// The shell has the terminal to itself: Ctrl-C is its own, and afterwards the
// terminal is the lesson's again, as it was.
func TestTheShellAtATerminal(t *testing.T) {
	needsNamespaces(t)
	before := lessontest.Look(t, lessontest.NoGroup)
	cmd := lessontest.Command(t, "--only", "shell", "--shell", "--plain")
	terminal, said := lessontest.AtTerminal(t, cmd, 80)
	modes := lessontest.FreshModes(t)
	for _, exchange := range []struct{ keys, answer string }{
		{"", "? help > "},
		{"\n", "[container] # "},
		{"hostname; echo I am $$\n", "container\r\nI am 1"},
		{"sh -c 'echo ready; exec sleep 100'\n", "\nready\r\n"},
		{"\x03", "^C\r\n[container] # "},
		{"sh -c 'echo again; exec sleep 100'\n", "again\r\n"},
		{"\x1a", "Stopped"}, // job control: Ctrl-Z, jobs, bg
		{"bg; jobs\n", "Running"},
		{"kill %1; wait; jobs; echo no-more\n", "\nno-more\r\n"},
		{"stty size\n", "40 80"},
	} {
		if _, err := terminal.WriteString(exchange.keys); err != nil {
			t.Fatal(err)
		}
		said.Await(t, exchange.answer, 1)
	}
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 25, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	for _, exchange := range []struct{ keys, answer string }{
		{"stty size\n", "25 100"}, // the window's new size
		{"exit\n", "ok: You are back"},
	} {
		if _, err := terminal.WriteString(exchange.keys); err != nil {
			t.Fatal(err)
		}
		said.Await(t, exchange.answer, 1)
	}
	cmd.Wait()
	lessontest.WantStatus(t, said.String(), lessontest.ExitStatus(cmd), 0)
	if lessontest.TerminalModes(t, terminal) != modes {
		t.Error("the terminal's modes have changed")
	}
	lessontest.WantNoProcessOf(t, cmd.Process.Pid)
	lessontest.WantUnchanged(t, before, lessontest.NoGroup)
}

// The last step offers the shell. What is typed ahead of the answer's line is
// the shell's, and no key is lost.
func TestTheLastStepOffersTheShell(t *testing.T) {
	atOffer(t, "y\nhostname; echo I am $$\nexit\n", "container\r\nI am 1", "ok: You are back")
}

// Enter at the offer skips the shell.
func TestTheShellIsOnlyForWhoWantsIt(t *testing.T) {
	atOffer(t, "\n", "skipped: a shell of your own")
}

// atOffer goes up to the offer, types the keys, and wants the answers.
func atOffer(t *testing.T, keys string, answers ...string) {
	t.Helper()
	needsNamespaces(t)
	cmd := lessontest.Command(t, "--only", "shell", "--plain")
	terminal, said := lessontest.AtTerminal(t, cmd, 80)
	for pause, typed := range []string{"\n", keys} {
		said.AwaitPause(t, pause+1)
		if _, err := terminal.WriteString(typed); err != nil {
			t.Fatal(err)
		}
	}
	for _, answer := range answers {
		said.Await(t, answer, 1)
	}
	cmd.Wait()
	lessontest.WantStatus(t, said.String(), lessontest.ExitStatus(cmd), 0)
}

// Nothing scrolls away that was not there to be read.
func TestScreens(t *testing.T) {
	needsNamespaces(t)
	if testing.Short() {
		t.Skip("it is slow where the machine is emulated")
	}
	lessontest.ReplayAll(t, false, lessontest.Command)
}

// What is lost on a full disk does not end with status 0.
func TestWhatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"--list"}, {"lab"}, {"doctor"}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		defer full.Close()
		t.Setenv("XDG_STATE_HOME", t.TempDir())
		cmd := lessontest.Command(t, args...)
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = full, &said
		err = cmd.Run()
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said.String(), "no space left") {
			t.Errorf("%v: %v, %s", args, err, said.String())
		}
	}
}
