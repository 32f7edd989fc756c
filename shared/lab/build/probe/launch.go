//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lab/build"
)

// launch is PID 1 of the machine: /, shared as on the machines that learners have, is
// nobody else's. It says how the program ended and what the machine is called now, and
// stays until the judge has seen enough: with it, the kernel ends all that the program
// has left.
func launch(description string) {
	runtime.LockOSThread() // filters and ambient capabilities are a thread's own
	unix.CloseRange(3, 1<<32-1, unix.CLOSE_RANGE_CLOEXEC)
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTTOU)
	var m build.Machine
	must("the machine's description", json.Unmarshal([]byte(description), &m))
	must("shared mounts", unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""))
	must("mount proc", unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""))
	must("name the machine", unix.Sethostname([]byte(build.HostName)))
	for resource, most := range map[int]uint64{unix.RLIMIT_NPROC: 512, unix.RLIMIT_FSIZE: 256 << 20, unix.RLIMIT_CORE: 0} {
		must("limits", unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}))
	}
	must("drop ambient capabilities", unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
	listener := -1
	if m.Hold {
		listener = filter()
	}

	says, word := os.NewFile(build.SaysFD, "says"), os.NewFile(build.WordFD, "word")
	say(says, "ready", listener)
	word.Read(make([]byte, 1))
	cmd := exec.Command(m.Command[0], m.Command[1:]...)
	dir := filepath.Dir(build.Probe)
	inRoot := strings.TrimPrefix(dir, build.RootFS)
	cmd.Env = append(os.Environ(), "HOME=/tmp", "TMPDIR=/tmp", "PATH="+dir+":"+inRoot+":"+os.Getenv("PATH"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if m.Inherit {
		root, err := os.Open("/")
		must("open /", err)
		cmd.ExtraFiles = []*os.File{nil, nil, nil, nil, nil, nil, root} // 9
	}
	must("start "+m.Command[0], cmd.Start())
	cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	code := status.ExitStatus()
	if status.Signaled() {
		code = -int(status.Signal())
	}
	name, _ := os.Hostname()
	say(says, "ended", code, name)
	says.Close()
	word.Read(make([]byte, 1))
}

// say writes on a thread that has no filter.
func say(to *os.File, words ...any) {
	said := make(chan bool)
	go func() {
		fmt.Fprintln(to, words...)
		close(said)
	}()
	<-said
}
