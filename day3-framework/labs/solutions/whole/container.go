//go:build linux

// A whole container on one page:
//
//	container run [-m SIZE] [--hostname NAME] [--rootfs DIR] COMMAND [ARG...]
//
// One program, two lives. The first one, outside, makes a group and namespaces
// and starts this very program again in them. The second one, inside, builds the
// walls around itself and becomes the command.
package main

import (
	"context"
	"encoding/gob"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
)

// A config is a container as the command line asks for it.
type config struct {
	Memory   string
	Hostname string
	Rootfs   string
	Command  []string
}

// Capabilities are a thread's own, and a child dies with the thread that started
// it. So main stays on the thread on which it begins.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) > 1 && os.Args[1] == "init" {
		os.Exit(inside())
	}
	var c config
	flags := flag.NewFlagSet("container run", flag.ContinueOnError)
	flags.StringVar(&c.Memory, "m", "", "the most memory, a `SIZE` like 64m")
	flags.StringVar(&c.Hostname, "hostname", "container", "its host `NAME`")
	flags.StringVar(&c.Rootfs, "rootfs", "", "the `DIR` that becomes its /")
	if len(os.Args) < 2 || os.Args[1] != "run" ||
		flags.Parse(os.Args[2:]) != nil || flags.NArg() == 0 {
		usage := errors.New("usage: container run [flags] COMMAND [ARG...]")
		os.Exit(complain(125, usage))
	}
	c.Command = flags.Args()
	os.Exit(outside(c))
}

// outside is the first life. What it makes, it takes back, whatever the way out.
// A signal is one: it kills the second life, and so we go on behind Wait.
func outside(c config) int {
	ctx, stop := signal.NotifyContext(context.Background(),
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	group, err := makeGroup(c.Memory)
	defer os.Remove(group)
	if err != nil {
		err = fmt.Errorf("-m, for root or in a delegated group: %w", err)
		return complain(125, err)
	}
	read, word, err := os.Pipe()
	if err != nil {
		return complain(125, err)
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "init")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{read} // descriptor 3 in there
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		Pdeathsig: syscall.SIGKILL, // it dies when we do: prctl(2)
	}
	rootInside(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return complain(125, err)
	}
	read.Close()
	// The second life waits for the word. So all that the command will ever
	// start is in the group from its beginning.
	if c.Memory != "" {
		err = write(group+"/cgroup.procs", strconv.Itoa(cmd.Process.Pid))
	}
	if err == nil {
		gob.NewEncoder(word).Encode(c) // unheard? The status says why
	}
	word.Close() // without a word the second life gives up
	cmd.Wait()   // its error is the exit status
	if err != nil {
		return complain(125, err)
	}
	return ended(cmd.ProcessState)
}

// rootInside lets an ordinary user make the other namespaces: in a user namespace
// in which they are root, user_namespaces(7).
func rootInside(attr *syscall.SysProcAttr) {
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = oneID(0, os.Geteuid())
		attr.GidMappings = oneID(0, os.Getegid())
	}
}

// oneID maps one ID outside to one inside.
func oneID(in, out int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: in, HostID: out, Size: 1}}
}

// makeGroup makes a control group with a limit for memory, swap included, where
// one is asked for: cgroups(7).
func makeGroup(limit string) (dir string, err error) {
	if limit == "" {
		return "", nil
	}
	parent, v1, err := memoryGroups()
	if err != nil {
		return "", err
	}
	file, swap, most := "memory.max", "memory.swap.max", "0"
	if v1 {
		file, swap = "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
		most = limit
	}
	if dir, err = os.MkdirTemp(parent, "container-"); err != nil {
		return "", err
	}
	// The kernel itself reads 64m.
	if err = write(dir+"/"+file, limit); err != nil {
		return dir, err
	}
	if err = write(dir+"/"+swap, most); errors.Is(err, os.ErrNotExist) {
		err = nil // this kernel counts no swap
	}
	return dir, err
}

// memoryGroups returns the directory in which we may make groups that limit
// memory. Root's is the root of all; an ordinary user's is the one above the group
// that they are in: somebody must have delegated it to them.
func memoryGroups() (dir string, v1 bool, err error) {
	ours, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", false, err
	}
	// v1 has a line for memory; v2's, the last one, names no controller.
	pattern := regexp.MustCompile(`(?m)^\d+:(memory|):(.*)$`)
	line := pattern.FindStringSubmatch(string(ours))
	if line == nil {
		return "", false, errors.New("no control group here limits memory")
	}
	dir, v1 = filepath.Join("/sys/fs/cgroup", line[1]), line[1] != ""
	if os.Geteuid() != 0 {
		dir = filepath.Join(dir, filepath.Dir(line[2]))
	}
	if !v1 {
		err = write(dir+"/cgroup.subtree_control", "+memory")
	}
	return dir, v1, err
}

// write changes a control file. os.WriteFile would try to make one that is not
// there, and be told "permission denied", which misleads.
func write(path, value string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

// inside is the second life, PID 1 of the container. It has nothing to take back:
// what it makes goes with its namespaces.
func inside() int {
	var c config
	word := os.NewFile(3, "word")
	if gob.NewDecoder(word).Decode(&c) != nil {
		return 125 // the first life knows why
	}
	word.Close()
	must("set the host name", syscall.Sethostname([]byte(c.Hostname)))
	must("make the mounts private", syscall.Mount("", "/", "",
		syscall.MS_REC|syscall.MS_PRIVATE, ""))
	if c.Rootfs != "" {
		must("bind "+c.Rootfs, syscall.Mount(c.Rootfs, c.Rootfs, "",
			syscall.MS_BIND|syscall.MS_REC, ""))
		os.Mkdir(c.Rootfs+"/proc", 0o755)
	}
	// Read-only: half of proc are the kernel's switches, and root is root.
	must("mount proc", syscall.Mount("proc", c.Rootfs+"/proc", "proc",
		syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC|
			syscall.MS_RDONLY, ""))
	if c.Rootfs != "" {
		pivot(c.Rootfs)
	}
	dropRights()
	path, err := exec.LookPath(c.Command[0])
	if err == nil {
		err = syscall.Exec(path, c.Command, os.Environ())
	}
	return notStarted(err)
}

// pivot makes dir the / of the whole mount namespace and lets go of the old one,
// which pivot_root lays on top of it: NOTES in pivot_root(2).
func pivot(dir string) {
	must("cd "+dir, os.Chdir(dir))
	must("pivot_root", syscall.PivotRoot(".", "."))
	must("unmount the old root", syscall.Unmount(".", syscall.MNT_DETACH))
	must("cd /", os.Chdir("/"))
}

// dropRights leaves of root's power what docker leaves, but for making devices.
// execve gives root no more than the bounding set holds, no_new_privs keeps
// set-user-ID programs from giving more, and a descriptor left open is a way out.
func dropRights() {
	const keep uint64 = 0xa80425fb &^ (1 << 27) // bits: capabilities(7)
	for capability := uintptr(0); ; capability++ {
		if keep>>capability&1 == 1 {
			continue
		}
		err := call(syscall.SYS_PRCTL, syscall.PR_CAPBSET_DROP, capability, 0)
		if err == syscall.EINVAL {
			break // the kernel has no more
		}
		must("drop a capability", err)
	}
	const noNewPrivs, closeRange, onExec = 38, 436, 4
	must("no_new_privs", call(syscall.SYS_PRCTL, noNewPrivs, 1, 0))
	must("close what is open", call(closeRange, 3, 1<<32-1, onExec))
}

// call makes a system call, in this thread alone.
func call(number, a, b, c uintptr) error {
	if _, _, errno := syscall.RawSyscall(number, a, b, c); errno != 0 {
		return errno
	}
	return nil
}

// must ends the second life where a step of it failed.
func must(what string, err error) {
	if err != nil {
		os.Exit(complain(125, fmt.Errorf("%s: %w", what, err)))
	}
}

// notStarted returns the status for a command that could not be started.
func notStarted(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return complain(127, err)
	}
	return complain(126, err)
}

// ended returns the exit status of what has ended: for signal n it is 128+n.
func ended(state *os.ProcessState) int {
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// complain says what went wrong and returns the status that stands for it.
func complain(status int, err error) int {
	fmt.Fprintln(os.Stderr, "container:", err)
	return status
}
