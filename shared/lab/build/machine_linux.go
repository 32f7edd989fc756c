package build

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// A Workshop is where programs are tried: the probe, and the group that bounds what all
// the tries together may use.
type Workshop struct {
	Name     string // that the container is to have
	probe    string // its file
	text     []byte
	group    *cgroup.Group
	NoGroup  error         // why there is none
	Patience time.Duration // how long a program may take
	tries    int
	mutex    sync.Mutex
}

// most is what all the machines of a workshop may use together.
var most = cgroup.Limits{Memory: 512 << 20, Pids: 2048}

// NewWorkshop puts the probe, a static program, into an empty directory. Undoing the
// ledger takes the workshop's group back.
func NewWorkshop(dir string, probe []byte, made *ledger.Ledger) (*Workshop, error) {
	leaving.RLock()
	defer leaving.RUnlock()
	w := &Workshop{Name: "box", probe: filepath.Join(dir, "probe"), text: probe, Patience: patience}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return w, err
	}
	if err := os.WriteFile(w.probe, probe, 0o755); err != nil {
		return w, err
	}
	w.NoGroup = w.makeGroup(made)
	return w, nil
}

func (w *Workshop) makeGroup(made *ledger.Ledger) (err error) {
	if w.group, err = cgroup.New(fmt.Sprintf("judge-%d-%04x", os.Getpid(), rand.Uint32()&0xffff), "memory", "pids"); err != nil {
		return err
	}
	if err := made.Group(ledger.Container, w.group); err != nil {
		return err
	}
	if err := w.group.Make(); err != nil {
		return err
	}
	return most.Apply(w.group)
}

// A machine is where one try is made, and what the judge holds of it.
type machine struct {
	Machine
	cmd      *exec.Cmd
	group    *cgroup.Group
	launcher int // the PID, out here, of its first process
	asks     int // the descriptor on which the launcher's filter asks, -1 without one
	says     *bufio.Reader
	word     *os.File
	socket   *net.UnixListener
	output   bounded
	mounts   []string
	links    map[string]string
	ours     []*os.File
	patience time.Duration // for the program: on a slow machine, more
}

// newMachine starts one. Nothing of the learner's runs yet.
func (w *Workshop) newMachine(m Machine, program string, kept []*os.File) (_ *machine, err error) {
	leaving.RLock()
	defer leaving.RUnlock()
	host := &machine{Machine: m, asks: -1}
	defer func() {
		if err != nil {
			host.stop()
			err = lang.WithCure(fmt.Errorf("the machine for the try: %w", err), cureOf(err))
		}
	}()
	host.Not = namespaces(os.Getpid())
	if host.Trusted = host.Trusted && os.Geteuid() == 0; host.Trusted {
		delete(host.Not, "user")
	}
	delete(host.Not, "cgroup") // that one is new only where there is a group
	host.UID, host.GID = os.Geteuid(), os.Getegid()
	if err := host.join(w); err != nil {
		return nil, err
	}
	probe, err := os.Open(w.probe)
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	file := probe
	if program != "" {
		if file, err = os.Open(program); err != nil {
			return nil, err
		}
		defer file.Close()
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	unbound := os.NewFile(uintptr(socket), "socket")
	defer unbound.Close()
	saysR, saysW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer saysW.Close()
	wordR, wordW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer wordR.Close()
	// Nothing is typed. It is a pipe so that it can be told from /dev/null, which a program
	// without a standard input has.
	inputR, inputW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer inputR.Close()
	inputW.Close()
	host.says, host.word, host.ours = bufio.NewReader(saysR), wordW, []*os.File{saysR, wordW}

	// By its descriptor: an ID that is nobody's may not walk to the file.
	host.cmd = &exec.Cmd{Path: fmt.Sprintf("/proc/self/fd/%d", ProbeFD), Args: []string{"probe", "machine"}}
	host.cmd.ExtraFiles = append([]*os.File{saysW, wordR, unbound, probe, file}, kept...)
	host.cmd.Stdin, host.cmd.Stdout, host.cmd.WaitDelay = inputR, &host.output, time.Second
	// For os/exec it is another writer: so it has a pipe of its own, and is told from output.
	host.cmd.Stderr = struct{ io.Writer }{&host.output}
	host.cmd.SysProcAttr = rootOfNothing()
	if host.Trusted {
		host.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: host.cmd.SysProcAttr.Cloneflags &^ unix.CLONE_NEWUSER, Pdeathsig: unix.SIGKILL}
	} else if host.group != nil && host.UID == 0 {
		if err := host.give(host.cmd.SysProcAttr.UidMappings[0].HostID); err != nil {
			return nil, err
		}
	}
	begin := time.Now()
	if err := host.cmd.Start(); err != nil {
		host.cmd = nil
		return nil, err
	}
	saysW.Close()
	if host.group != nil {
		if err := host.group.Add(host.cmd.Process.Pid); err != nil {
			return nil, err
		}
	}
	if err := json.NewEncoder(wordW).Encode(host.Machine); err != nil {
		return nil, err
	}
	saysR.SetReadDeadline(begin.Add(time.Minute))
	line, err := host.says.ReadString('\n')
	var listener int
	if _, scanned := fmt.Sscanf(line, "ready %d", &listener); err != nil || scanned != nil {
		failed := strings.TrimPrefix(strings.TrimSpace(line), "failed: ")
		return nil, errors.Join(errors.New(strings.TrimSpace(failed+" "+host.output.String())), err)
	}
	saysR.SetReadDeadline(time.Time{})
	host.patience = max(w.Patience, 20*time.Since(begin))
	kids := children(host.cmd.Process.Pid)
	if len(kids) != 1 {
		return nil, fmt.Errorf("%d first processes", len(kids))
	}
	host.launcher = kids[0]
	if listener >= 0 {
		if host.asks, err = takeDescriptor(host.launcher, listener); err != nil {
			return nil, err
		}
	}
	l, err := net.FileListener(unbound)
	if err != nil {
		return nil, err
	}
	host.socket = l.(*net.UnixListener)
	host.socket.SetUnlinkOnClose(false)
	host.mounts, host.links = mountPoints(host.launcher), namespaces(host.launcher)
	return host, nil
}

func cureOf(err error) lang.Text {
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EACCES) {
		return lang.Text{
			EN: "it is made of a user namespace, which this kernel does not let you make: run it as root, or see docs/user-namespaces.md",
			ZH: "它需要一个用户命名空间，而内核不让你建：请用 root 运行，或看 docs/zh-CN/user-namespaces.md",
		}
	}
	return lang.Text{EN: "see what doctor says", ZH: "请看 doctor 怎么说"}
}

// rootOfNothing are the namespaces in which a machine is made. Its root is, out here,
// an ID that nobody has: so what it does out here is refused, mounts and files alike.
// An ordinary user's machine has that user alone.
func rootOfNothing() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET,
		Pdeathsig:  unix.SIGKILL,
	}
	uid, gid, size := os.Geteuid(), os.Getegid(), 1
	if uid == 0 {
		uid = nobody()
		gid, size = uid, IDs
		attr.Credential = &syscall.Credential{}
		attr.GidMappingsEnableSetgroups = true
	}
	attr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: size}}
	attr.GidMappings = []syscall.SysProcIDMap{{HostID: gid, Size: size}}
	return attr
}

// nobody returns the first of as many IDs as a machine has. It is another one each time:
// processes are counted by their user.
func nobody() int { return 0x6000_0000 + int(rand.Uint32()>>20)*IDs }

// join makes the machine's group in that of the workshop.
func (host *machine) join(w *Workshop) error {
	if w.NoGroup != nil {
		return nil
	}
	w.mutex.Lock()
	w.tries++
	name := fmt.Sprintf("%s/%d", w.group.Name, w.tries)
	w.mutex.Unlock()
	var err error
	if host.group, err = cgroup.New(name, "memory", "pids"); err != nil {
		return err
	}
	if err := host.group.Make(); err != nil {
		return err
	}
	if err := (cgroup.Limits{Pids: 300}).Apply(host.group); err != nil {
		return err
	}
	hierarchies := host.group.Hierarchies()
	for i, dir := range host.group.Dirs() {
		host.Groups = append(host.Groups, Delegated{dir, hierarchies[i].Mount, hierarchies[i].Version == cgroup.V2})
	}
	return nil
}

// give makes the groups the machine's root's, whoever that is out here: delegation, as
// Documentation/admin-guide/cgroup-v2.rst calls it.
func (host *machine) give(uid int) error {
	for _, g := range host.Groups {
		for _, file := range []string{"", "cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"} {
			if err := os.Chown(filepath.Join(g.Group, file), uid, uid); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// stop ends all that runs on the machine, with its PID namespace, and takes its group
// back, and what the program has left in it.
func (host *machine) stop() {
	if host.asks >= 0 {
		unix.Close(host.asks)
	}
	if host.socket != nil {
		host.socket.Close()
	}
	if host.cmd != nil {
		host.cmd.Process.Kill()
		host.cmd.Wait()
	}
	for _, f := range host.ours {
		f.Close()
	}
	if host.group != nil {
		for _, dir := range host.group.Dirs() {
			removeTree(dir)
		}
	}
}

func removeTree(group string) {
	entries, _ := os.ReadDir(group)
	for _, e := range entries {
		if e.IsDir() {
			removeTree(filepath.Join(group, e.Name()))
		}
	}
	cgroup.Remove(group)
}

// inside is a group as the machine has it.
func (host *machine) inside(group string) string {
	for _, g := range host.Groups {
		group = strings.Replace(group, g.Group, g.Over, 1)
	}
	return group
}

// outside is the same group out here, for memory.
func (host *machine) outside(group string) string {
	if len(host.Groups) == 0 {
		return group
	}
	return strings.Replace(group, host.Groups[0].Over, host.Groups[0].Group, 1)
}

// groupOf is a process's, as the machine has it.
func (host *machine) groupOf(pid int) string { return host.inside(groupOf(pid)) }

// largest is more than a report, or what is worth reading of a program's output, takes.
const largest = 1 << 20

// A bounded buffer keeps the beginning of what is written, and drops the rest.
type bounded struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if room := largest - b.bytes.Len(); room > 0 {
		b.bytes.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *bounded) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.String()
}
