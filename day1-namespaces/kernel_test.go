//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lesson/lessontest"
)

// Each of these asks the kernel what the step of that name claims, from both
// sides at once: a process stays in its namespaces while the test looks at it
// from outside.

// An inmate is a shell in new namespaces.
type inmate struct {
	t    *testing.T
	pid  int
	in   *os.File
	says *bufio.Scanner
}

func newInmate(t *testing.T, flags uintptr) inmate {
	t.Helper()
	needsNamespaces(t)
	cmd := exec.Command("sh")
	cmd.SysProcAttr = newNamespaces(flags)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stderr = read, os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	lessontest.Start(t, cmd)
	read.Close()
	t.Cleanup(func() { write.Close(); cmd.Wait() })
	return inmate{t, cmd.Process.Pid, write, bufio.NewScanner(output)}
}

// asks has the inmate run a command and returns what it says.
func (i inmate) asks(command string) string {
	i.t.Helper()
	fmt.Fprintln(i.in, command+"; echo end-of-answer")
	var answer []string
	for i.says.Scan() && i.says.Text() != "end-of-answer" {
		answer = append(answer, i.says.Text())
	}
	return strings.Join(answer, "\n")
}

// file reads a file below the inmate's /proc/PID, from outside.
func (i inmate) file(name string) string {
	i.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", i.pid, name))
	if err != nil {
		i.t.Fatal(err)
	}
	return string(text)
}

// wantNew fails unless the inmate is in another namespace of these kinds, as
// seen from outside and as seen by itself, and in the same of the others. An
// ordinary user's inmate has a user namespace as well.
func (i inmate) wantNew(files ...string) {
	i.t.Helper()
	if os.Geteuid() != 0 {
		files = append(files, "user")
	}
	for _, kind := range kinds {
		ours, err := os.Readlink("/proc/self/ns/" + kind.file)
		if err != nil {
			i.t.Fatal(err)
		}
		its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", i.pid, kind.file))
		if err != nil {
			i.t.Fatal(err)
		}
		if own := i.asks("readlink /proc/self/ns/" + kind.file); kind.file != "pid" && own != its {
			i.t.Errorf("%s is %s for itself and %s from outside", kind.file, own, its)
		}
		wanted := strings.Contains(" "+strings.Join(files, " ")+" ", " "+kind.file+" ")
		if isNew := its != ours; isNew != wanted {
			i.t.Errorf("%s: %s inside, %s outside; new: %v, want %v", kind.file, its, ours, isNew, wanted)
		}
	}
}

func TestUTS(t *testing.T) {
	before, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	i := newInmate(t, syscall.CLONE_NEWUTS)
	i.wantNew("uts")
	if name := i.asks("hostname container; hostname"); name != "container" {
		t.Errorf("the name inside is %q", name)
	}
	if after, _ := os.Hostname(); after != before {
		t.Errorf("the host's name was %q and is %q", before, after)
	}
}

func TestIPC(t *testing.T) {
	key := os.Getpid() + 1<<24
	id, _, errno := unix.Syscall(unix.SYS_MSGGET, uintptr(key), unix.IPC_CREAT|unix.IPC_EXCL|0o600, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	defer unix.Syscall(unix.SYS_MSGCTL, id, unix.IPC_RMID, 0)
	i := newInmate(t, syscall.CLONE_NEWIPC)
	i.wantNew("ipc")
	if table := i.asks("cat " + queues); slices.Contains(keys(table), key) {
		t.Errorf("a queue made outside is there inside:\n%s", table)
	}
	if table, _ := os.ReadFile(queues); !slices.Contains(keys(string(table)), key) {
		t.Errorf("the queue is not there outside:\n%s", table)
	}
}

func TestPID(t *testing.T) {
	i := newInmate(t, syscall.CLONE_NEWPID)
	i.wantNew("pid")
	if number := i.asks("echo $$"); number != "1" {
		t.Errorf("PID %s inside", number)
	}
	ids := strings.Fields(line(i.file("status"), "NSpid:"))
	if len(ids) < 2 || ids[len(ids)-1] != "1" || ids[len(ids)-2] != strconv.Itoa(i.pid) {
		t.Errorf("NSpid: %v, want … %d 1", ids, i.pid)
	}
}

func TestMount(t *testing.T) {
	dir := t.TempDir()
	i := newInmate(t, syscall.CLONE_NEWNS)
	i.wantNew("mnt")
	i.asks("mount -t tmpfs only-inside " + dir + " && touch " + dir + "/file")
	if !strings.Contains(i.file("mountinfo"), " "+dir+" ") {
		t.Error("it is not mounted inside")
	}
	if ours, _ := os.ReadFile("/proc/thread-self/mountinfo"); strings.Contains(string(ours), " "+dir+" ") {
		t.Error("it is mounted outside")
	}
	if _, err := os.Stat(dir + "/file"); err == nil {
		t.Error("the file is there outside")
	}
}

func TestUser(t *testing.T) {
	i := newInmate(t, syscall.CLONE_NEWUSER)
	i.wantNew("user")
	if id := i.asks("id -u"); id != "0" {
		t.Errorf("ID %s inside", id)
	}
	want := fmt.Sprintf("0 %d 1", os.Geteuid())
	if mapped := strings.Join(strings.Fields(i.file("uid_map")), " "); mapped != want {
		t.Errorf("uid_map: %s, want %s", mapped, want)
	}
	dir := t.TempDir()
	if said := i.asks("mknod " + dir + "/disk b 8 0 2>&1"); !strings.Contains(said, "ermitted") {
		t.Errorf("mknod says %q", said)
	}
}

func TestNet(t *testing.T) {
	i := newInmate(t, syscall.CLONE_NEWNET)
	i.wantNew("net")
	if names := interfaces(i.asks("sed -n s/:.*//p /proc/net/dev")); len(names) != 1 || names[0] != "lo" {
		t.Errorf("interfaces inside: %v", names)
	}
	// The host's listener can't be reached from inside, lo being up or not.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := fmt.Sprintf(":%04X", listener.Addr().(*net.TCPAddr).Port)
	if strings.Contains(i.file("net/tcp"), port) {
		t.Error("the host's listener is there inside")
	}
}

func TestCgroup(t *testing.T) {
	i := newInmate(t, syscall.CLONE_NEWCGROUP)
	i.wantNew("cgroup")
	for line := range strings.Lines(i.asks("cat /proc/self/cgroup")) {
		if !strings.HasSuffix(strings.TrimSpace(line), ":/") {
			t.Errorf("inside, a group is %q", line)
		}
	}
}

// A namespace is new where it was asked for and nowhere else, for all of them
// at once too.
func TestAllTogether(t *testing.T) {
	newInmate(t, everything).wantNew("user", "uts", "ipc", "pid", "mnt", "net", "cgroup")
}

// Whoever starts outside what the lesson starts inside does no harm: root on a
// machine whose / is shared is the worst case.
func TestWhatRunsInsideIsHarmlessOutside(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to make / shared")
	}
	before := lessontest.Look(t, lessontest.NoGroup)
	lessontest.OnASharedRoot(t, func() {
		for _, args := range [][]string{{"cover-proc"}, {"propagation", "shared", t.TempDir()}, {"queue"}, {"tomorrow"}} {
			output, status := lessontest.Run(t, args...)
			if status != 0 {
				t.Errorf("%v: exit status %d:\n%s", args, status, output)
			}
		}
	})
	lessontest.WantUnchanged(t, before, lessontest.NoGroup)
}

// Each step can be taken alone.
func TestEachStepAlone(t *testing.T) {
	needsNamespaces(t)
	before := lessontest.Look(t, lessontest.NoGroup)
	for _, step := range []string{"what-is-a-namespace", "uts", "ipc", "pid", "mount", "broken-proc", "user", "net", "cgroup", "time", "all-together", "shell"} {
		output, status := lessontest.Run(t, "--only", step, "--auto", "--plain")
		lessontest.WantStatus(t, output, status, 0)
	}
	lessontest.WantUnchanged(t, before, lessontest.NoGroup)
}
