//go:build linux

package ledger

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
)

func open(t *testing.T) *Ledger {
	t.Helper()
	l, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Undo(ignore) })
	return l
}

func ignore(string) {}

// abandon does to a ledger what a SIGKILL does: nobody holds its lock.
func abandon(l *Ledger) { l.file.Close() }

func TestWhatIsMadeIsTakenBackTheLastFirst(t *testing.T) {
	l := open(t)
	outer := filepath.Join(t.TempDir(), "outer")
	inner := filepath.Join(outer, "inner")
	never := filepath.Join(outer, "never-made")
	for _, dir := range []string{outer, inner, never} {
		if err := l.Record(Directory, dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	var did []string
	if err := l.Undo(func(command string) { did = append(did, command) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"rmdir " + inner, "rmdir " + outer}; !slices.Equal(did, want) {
		t.Errorf("did %q, want %q", did, want)
	}
	if _, err := os.Stat(l.file.Name()); err == nil {
		t.Error("the ledger is still there")
	}
}

func TestSweepTakesBackWhatTheDeadLeftAndNothingElse(t *testing.T) {
	live, dead := open(t), open(t)
	kept, left := filepath.Join(t.TempDir(), "kept"), filepath.Join(t.TempDir(), "left")
	for dir, l := range map[string]*Ledger{kept: live, left: dead} {
		if err := l.Record(Directory, dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// A line that was being written when the run died.
	if _, err := dead.file.WriteString("directory\t" + kept); err != nil {
		t.Fatal(err)
	}
	abandon(dead)
	if err := Sweep(ignore); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what the dead run left is still there")
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error("what the live run made is gone")
	}
}

// A process that has gone leaves its PID in its ledger's name; a live one's
// ledger, and the lock, are no trace of anybody gone.
func TestAbandonedTellsTheDeadFromTheLiving(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("lock")
	write(fmt.Sprintf("run-%d-1", os.Getpid()))
	if abandoned(dir) {
		t.Error("a live run's ledger is taken for an abandoned one")
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	write(fmt.Sprintf("run-%d-1", gone.Process.Pid))
	if !abandoned(dir) {
		t.Error("an abandoned ledger is not seen")
	}
}

// What a dead run made under a name that a live run has now is the live one's.
func TestSweepLeavesWhatALiveRunHasMadeAnew(t *testing.T) {
	dead, live := open(t), open(t)
	dir := filepath.Join(t.TempDir(), "again")
	for _, l := range []*Ledger{dead, live} {
		if err := l.Record(Directory, dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	abandon(dead)
	if err := Sweep(ignore); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error("what the live run made is gone")
	}
}

// Ledgers in a directory of somebody else's are not to be believed.
func TestSweepDoesNotBelieveOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be somebody else")
	}
	theirs, ours := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	for _, dir := range []string{theirs, filepath.Dir(theirs), filepath.Dir(filepath.Dir(ours))} {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(ours, 0o755); err != nil {
		t.Fatal(err)
	}
	helper := asNobody("TestHelperSweeps", theirs)
	ledgers := filepath.Join(theirs, "mydocker-workshop-65534") // root's
	if err := os.Mkdir(ledgers, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ledgers, "run-1"), []byte("directory\t"+ours+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := helper.CombinedOutput(); err == nil || !strings.Contains(string(out), "belongs to somebody else") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(ours); err != nil {
		t.Error("the directory is gone")
	}
}

// asNobody returns the command that runs one of the tests that are helpers as an
// ordinary user, whose ledgers lie below dir.
func asNobody(test, dir string) *exec.Cmd {
	helper := exec.Command("/proc/self/exe", "-test.run", "^"+test+"$")
	helper.Env = append(os.Environ(), "LEDGER_TEST_HELPS=1", "XDG_RUNTIME_DIR=", "TMPDIR="+dir)
	helper.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return helper
}

func TestHelperSweeps(t *testing.T) {
	if os.Getenv("LEDGER_TEST_HELPS") == "" {
		t.Skip("only as a helper")
	}
	if err := Sweep(ignore); err != nil {
		t.Fatal(err)
	}
}

// The last run takes the lock and the directory with it, and whoever begins at
// that moment finds neither a lock that is nobody's nor no directory.
func TestNothingIsLeftOfTheLedgers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be somebody else, whose ledgers are all this test's")
	}
	dir := t.TempDir()
	for _, of := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(of, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := asNobody("TestHelperManyRuns", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestHelperManyRuns(t *testing.T) {
	if os.Getenv("LEDGER_TEST_HELPS") == "" {
		t.Skip("only as a helper")
	}
	inside := make(chan bool, 1) // one at a time may be in there
	errs := make(chan error)
	const runs = 50
	for range runs {
		go func() {
			l, err := Open()
			if err == nil {
				err = alone(func() error {
					select {
					case inside <- true:
						<-inside
						return nil
					default:
						return errors.New("two runs are alone at once")
					}
				})
				err = errors.Join(err, l.Undo(ignore))
			}
			errs <- err
		}()
	}
	for range runs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// A tree with a mount in it stays, whatever its name looks like.
func TestATreeWithAMountInItStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to mount")
	}
	tree, precious := filepath.Join(t.TempDir(), "a b"), t.TempDir()
	file := filepath.Join(precious, "file")
	err := errors.Join(os.MkdirAll(tree+"/sub", 0o755), os.WriteFile(file, nil, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	// In a mount namespace, because the machine's is other tests' business too;
	// and twice, because /proc/self would do on the first thread, and Go gives
	// that to one of two at most.
	for range 2 {
		err := inMountNamespace(func() error {
			if err := unix.Mount(precious, tree+"/sub", "", unix.MS_BIND, ""); err != nil {
				return err
			}
			defer unix.Unmount(tree+"/sub", 0)
			if err := removeTree(tree); err == nil {
				t.Error("no error for a tree with a mount in it")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("what is mounted there is gone:", err)
	}
}

func TestAnEntryThatCannotBeUndoneStays(t *testing.T) {
	l := open(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "somebody's"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.Record(Directory, dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Undo(ignore); err == nil {
		t.Fatal("no error for a directory that is not empty")
	}
	if _, err := os.Stat(filepath.Join(dir, "somebody's")); err != nil {
		t.Error("somebody's file is gone")
	}
	if err := os.Remove(filepath.Join(dir, "somebody's")); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(ignore); err != nil {
		t.Error("once it can be undone:", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory is still there")
	}
}

// In a ledger a tab ends a field, and a line break an entry: with either in it, a
// path would be somebody else's.
func TestAPathThatCannotBeWrittenDownIsRefused(t *testing.T) {
	l := open(t)
	for _, path := range []string{"/tmp/a\tb", "/tmp/a\nb"} {
		if err := l.Record(Tree, path); err == nil {
			t.Errorf("%q was written down", path)
		}
	}
	if entries, err := read(l.file); err != nil || len(entries) != 0 {
		t.Errorf("the ledger says %v, %v", entries, err)
	}
}

func TestTwoRunsGetTwoNames(t *testing.T) {
	one, two := open(t), open(t)
	entry := func(name string) Entry { return Entry{Directory, []string{"/nowhere/" + name}} }
	free := func(name string) bool { return name != "group-2" }
	for _, test := range []struct {
		l    *Ledger
		want string
	}{{one, "group"}, {two, "group-3"}, {one, "group"}} {
		if got, err := test.l.Claim("group", entry, free); err != nil || got != test.want {
			t.Errorf("claimed %q, %v, want %q", got, err, test.want)
		}
	}
}

func TestATreeIsNotRemovedWithWhatIsMountedInIt(t *testing.T) {
	for _, path := range []string{"/", "relative", "/proc"} {
		if err := removeTree(path); err == nil {
			t.Fatalf("rm -r %s was not refused", path)
		}
	}
}

// memoryGroup makes a memory group that the ledger knows of.
func memoryGroup(t *testing.T, l *Ledger) *cgroup.Group {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to make a cgroup")
	}
	g, err := cgroup.New("ledger-test-"+strings.ToLower(t.Name()), "memory")
	if err != nil {
		t.Skip(err)
	}
	if err := l.Group(Cgroup, g); err != nil {
		t.Fatal(err)
	}
	if err := g.Make(); err != nil {
		t.Fatal(err)
	}
	return g
}

// start starts a process in the group, ours or a guest.
func start(t *testing.T, g *cgroup.Group, ours bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	if ours {
		cmd.Env = append(os.Environ(), Marker+"=1")
	}
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// A learner may have put a shell of their own into the lesson's group: it is
// moved out, and only what the lesson started is killed.
func TestAGuestIsMovedOutAndNotKilled(t *testing.T) {
	l := open(t)
	g := memoryGroup(t, l)
	own, guest := start(t, g, true), start(t, g, false)
	defer func() { guest.Process.Kill(); guest.Wait() }()
	reaped := make(chan bool)
	go func() { own.Wait(); close(reaped) }()

	var did []string
	if err := l.Undo(func(command string) { did = append(did, command) }); err != nil {
		t.Fatal(err)
	}
	<-reaped
	if status := own.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Error("our own process was not killed")
	}
	if err := guest.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error("the guest is dead:", err)
	}
	dir := g.Dirs()[0]
	if _, err := os.Stat(dir); err == nil {
		t.Error("the group is still there")
	}
	if want := fmt.Sprintf("echo %d > %s/cgroup.procs", guest.Process.Pid, filepath.Dir(dir)); !slices.Contains(did, want) {
		t.Errorf("did %q, want %q among it", did, want)
	}
}

// In a mount namespace without the group's hierarchy, as a container has one, the
// group is left to whoever sees it.
func TestAGroupOutOfSightIsLeft(t *testing.T) {
	l := open(t)
	g := memoryGroup(t, l)
	dir := g.Dirs()[0]
	err := inMountNamespace(func() error {
		if err := unix.Mount("tmpfs", filepath.Dir(dir), "tmpfs", 0, ""); err != nil {
			return err
		}
		left, err := undo(l.file, 0, nil, ignore)
		if !slices.ContainsFunc(left, func(e Entry) bool { return e.Kind == Cgroup && e.Args[0] == dir }) {
			t.Errorf("left %q, want %s among it", left, dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Undo(ignore); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the group is still there")
	}
}

// On v2 the controller that a run enabled is disabled again, but not while
// another run has a group that needs it: that one inherits the duty.
func TestTheLastRunDisablesTheController(t *testing.T) {
	one, two := open(t), open(t)
	g := memoryGroup(t, one)
	dir, version := g.Dir("memory")
	if version != cgroup.V2 {
		t.Skip("v1 has nothing to enable")
	}
	parent := cgroup.Enabling{Dir: filepath.Dir(dir), Controller: "memory"}
	entries, err := read(one.file)
	if err != nil || len(entries) != 2 {
		t.Skip("the controller was enabled before")
	}
	if err := two.Record(Cgroup, dir+"-of-another-run"); err != nil {
		t.Fatal(err)
	}
	if err := one.Undo(ignore); err != nil {
		t.Fatal(err)
	}
	if on, err := parent.Enabled(); !on {
		t.Error("disabled while another run needs it", err)
	}
	if err := two.Undo(ignore); err != nil {
		t.Fatal(err)
	}
	if on, err := parent.Enabled(); on || err != nil {
		t.Error("still enabled after the last run", err)
	}
}
