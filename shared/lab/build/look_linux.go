package build

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Workshop is a directory with what a look needs: the probe, beside it its socket,
// and around both a root file system.
type Workshop struct{ dir string }

// NewWorkshop puts the probe, a static program, into an empty directory.
func NewWorkshop(dir string, probe []byte) (Workshop, error) {
	w := Workshop{dir}
	for _, d := range []string{"root/lab", "root/tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return w, err
		}
	}
	for file, mode := range map[string]os.FileMode{w.probe(): 0o755, filepath.Join(dir, "no-program"): 0o644, filepath.Join(dir, "outside"): 0o644} {
		if err := os.WriteFile(file, probe, mode); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w Workshop) probe() string { return filepath.Join(w.dir, "root/lab/probe") }

// gateRuns is how often the gate is tried: nobody holds it, so a program that is
// late is sometimes not too late.
const gateRuns = 20

// Look starts the program as often as the stage asks for.
func (w Workshop) Look(stage Stage, program string) (o Observation, err error) {
	named := []string{}
	if stage >= TwoLives {
		named = []string{"--hostname", name}
	}
	ask := func(r *Run, t try) {
		if err == nil {
			*r, err = w.run(program, t)
		}
	}
	ask(&o.Words, try{flags: named, words: words})
	for range 20 { // whoever looks from outside sees the second life by luck
		if stage >= Words && o.Words.Reported && !o.Words.sawSecondLife() {
			ask(&o.Words, try{flags: named, words: words})
		}
	}
	ask(&o.Killed, try{then: func(probe, _ int) { syscall.Kill(probe, syscall.SIGKILL) }})
	ask(&o.Missing, try{command: filepath.Join(w.dir, "nothing")})
	ask(&o.NoExec, try{command: filepath.Join(w.dir, "no-program")})
	limited := []string{"-m", "64m"}
	for range map[bool]int{true: 1}[stage >= Limit] + map[bool]int{true: gateRuns}[stage >= Gate] {
		var r Run
		ask(&r, try{flags: limited, linger: len(o.Limited) == 0})
		o.Limited = append(o.Limited, r)
	}
	if stage >= Leave {
		ask(&o.Ended, try{flags: limited, then: func(_, program int) { syscall.Kill(program, syscall.SIGTERM) }})
	}
	if stage >= Root {
		ask(&o.Rooted, try{rootfs: true, inherit: true, words: []string{"try-to-leave", "outside"}})
	}
	if stage >= Whole {
		ask(&o.Orphaned, try{then: func(_, program int) { syscall.Kill(program, syscall.SIGKILL) }})
	}
	return o, err
}

// A try is how the program is started once.
type try struct {
	flags   []string
	command string // "" is the probe
	words   []string
	rootfs  bool
	inherit bool                     // with a descriptor of the caller's
	linger  bool                     // the group is looked at again a while later
	then    func(probe, program int) // what is done when the probe has reported; nil: it ends
}

func (w Workshop) run(program string, t try) (r Run, err error) {
	deadline := time.Now().Add(patience)
	socket := filepath.Join(w.dir, "root/lab/socket")
	os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return r, err
	}
	defer listener.Close()
	os.Chmod(socket, 0o777)
	listener.(*net.UnixListener).SetDeadline(deadline)

	args := append([]string{"launch", program, "run"}, t.flags...)
	command := w.probe()
	if t.rootfs {
		args, command = append(args, "--rootfs", filepath.Join(w.dir, "root")), "/lab/probe"
	}
	if t.command != "" {
		command = t.command
	}
	args = append(append(args, command), t.words...)

	ctx, cancel := context.WithTimeout(context.Background(), patience+time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.probe(), args...)
	cmd.SysProcAttr = machine()
	if t.inherit {
		cmd.Env = append(os.Environ(), "LAB_INHERIT=1")
	}
	var output bounded
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second
	statusR, statusW, err := os.Pipe()
	if err != nil {
		return r, err
	}
	defer statusR.Close()
	untilR, untilW, err := os.Pipe()
	if err != nil {
		return r, err
	}
	cmd.ExtraFiles = []*os.File{statusW, untilR}
	err = cmd.Start()
	statusW.Close()
	untilR.Close()
	if err != nil {
		untilW.Close()
		return r, fmt.Errorf("the machine for the try: %w", err)
	}
	launcher := cmd.Process.Pid
	says := bufio.NewReader(statusR)
	defer func() {
		untilW.Close()
		cmd.Process.Kill()
		cmd.Wait()
		r.Output = output.String()
		r.removeGroup()
	}()

	if ready, err := says.ReadString('\n'); err != nil {
		return r, fmt.Errorf("the machine for the try: %q: %w", ready, err)
	}
	mounts := mountPoints(launcher)
	r.Host, r.HostGroup = namespaces(launcher), groupOf(launcher)
	untilW.Write([]byte("!"))

	// Until the probe reports, or the program ends without one.
	reported, ended := make(chan *net.UnixConn, 1), make(chan string, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			reported <- conn.(*net.UnixConn)
		}
	}()
	go func() {
		text, _ := io.ReadAll(says)
		ended <- strings.TrimSpace(string(text))
	}()
	var conn *net.UnixConn
	var text string
	for conn == nil && text == "" && time.Now().Before(deadline) {
		select {
		case conn = <-reported:
		case text = <-ended:
		default:
			for _, program := range children(launcher) {
				for _, kid := range children(program) {
					r.sample(kid, program)
				}
			}
		}
	}
	if conn == nil && t.command == "" {
		select { // a program that does not wait ends before its command has begun
		case conn = <-reported:
		case <-time.After(200 * time.Millisecond):
		}
	}
	r.Early = text != ""
	probe, parent := 0, 0
	if conn != nil {
		defer conn.Close()
		conn.SetDeadline(deadline)
		if json.NewDecoder(io.LimitReader(conn, largest)).Decode(&r.Inside) == nil {
			if probe = peer(conn); probe > 0 && w.isProbe(probe) {
				r.Reported = true
				parent = ancestor(probe, launcher)
				r.lookAt(probe, parent, launcher, t)
				// Whose parent has ended has become the launcher's child.
				select {
				case text = <-ended:
				case <-time.After(30 * time.Millisecond):
				}
				r.Early = r.Early || text != "" || parent == probe
			}
		}
		if t.then == nil {
			json.NewEncoder(conn).Encode(Orders{Exit: status})
		} else if probe > 1 && parent > 1 {
			t.then(probe, parent)
		}
	}
	if text == "" {
		select {
		case text = <-ended:
		case <-time.After(time.Until(deadline)):
			r.TimeOut = true
		}
	}
	code, name, _ := strings.Cut(text, " ")
	r.Status, _ = strconv.Atoi(code)
	if name != HostName && name != "" {
		r.Renamed = name
	}
	for until := time.Now().Add(500 * time.Millisecond); probe > 0 && alive(probe) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	r.ProbeLeft = probe > 0 && alive(probe)
	for _, m := range mountPoints(launcher) {
		if i := slices.Index(mounts, m); i >= 0 {
			mounts = slices.Delete(mounts, i, i+1)
		} else {
			r.NewMounts = append(r.NewMounts, m)
		}
	}
	if r.Group != "" && r.Group != r.HostGroup {
		_, err := os.Stat(r.Group)
		r.GroupLeft = err == nil
	}
	return r, nil
}

// isProbe reports whether a process is our probe, and not a program that says what
// the probe would say.
func (w Workshop) isProbe(pid int) bool {
	its, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	ours, err := os.Stat(w.probe())
	return err == nil && os.SameFile(its, ours)
}

// largest is more than a report, or what is worth reading of a program's output, takes.
const largest = 1 << 20

// A bounded buffer keeps the beginning of what is written, and drops the rest.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := largest - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// machine is where a program is tried: whatever it mounts, renames or leaves, it is
// not on this machine.
func machine() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
}

// lookAt reads what /proc says about the probe, which waits.
func (r *Run) lookAt(probe, parent, launcher int, t try) {
	r.Namespaces = namespaces(probe)
	r.Mounts = mountPoints(probe)
	if len(t.flags) > 0 && t.flags[0] == "-m" {
		// Who is late is not wrong yet: that is what the gate's look is for.
		for range 60 {
			if r.Group = groupOf(probe); r.Group != groupOf(launcher) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		r.ProgramsGroup = groupOf(parent)
		if t.linger { // who leaves again, or lifts the limit, has none
			time.Sleep(200 * time.Millisecond)
			r.Group = groupOf(probe)
		}
		for _, file := range []string{"memory.limit_in_bytes", "memory.max"} {
			if text, err := os.ReadFile(filepath.Join(r.Group, file)); err == nil {
				r.Limit = strings.TrimSpace(string(text))
			}
		}
	}
}

// removeGroup removes what a program that does not clean up has left.
func (r *Run) removeGroup() {
	for _, group := range []string{r.Group, r.ProgramsGroup} {
		for range 40 {
			if group == "" || group == r.HostGroup || !errors.Is(os.Remove(group), syscall.EBUSY) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// sample keeps the command lines of the program's children. Between fork and exec
// a child has its parent's.
func (r *Run) sample(kid, parent int) {
	line, parents := cmdline(kid), cmdline(parent)
	if line != "" && line != parents && !slices.Contains(r.Cmdlines, line) {
		r.Cmdlines = append(r.Cmdlines, line)
	}
}

// cmdline reads at once: between two reads a process can become another program.
func cmdline(pid int) string {
	file, err := os.Open(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	defer file.Close()
	line := make([]byte, 4096)
	n, _ := file.Read(line)
	return string(line[:n])
}

// ancestor is the launcher's child from which the process stems.
func ancestor(pid, launcher int) int {
	for pid > 1 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 {
			return 0
		}
		parent, _ := strconv.Atoi(fields[1])
		if parent == launcher {
			return pid
		}
		pid = parent
	}
	return 0
}

// children lists a process's, whichever of its threads has started them.
func children(pid int) (list []int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			kid, _ := strconv.Atoi(word)
			list = append(list, kid)
		}
	}
	return list
}

func namespaces(pid int) map[string]string {
	links := map[string]string{}
	for _, kind := range []string{"uts", "pid", "mnt", "ipc", "net"} {
		links[kind], _ = os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	}
	return links
}

func mountPoints(pid int) (list []string) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", pid))
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 4 {
			list = append(list, f[4])
		}
	}
	return list
}

func groupOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return groupIn(string(text))
}

func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// peer is the process at the other end.
func peer(conn *net.UnixConn) (pid int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}
