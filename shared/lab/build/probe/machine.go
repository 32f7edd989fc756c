//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/build"
)

// machine makes the machine on which a program is tried, in namespaces of its own. It
// is root of the first user namespace; the program runs in a second one below it, in
// which nothing can be undone that is done here: the kernel locks the mounts of a
// namespace that has more rights, mount_namespaces(7).
func machine() {
	runtime.LockOSThread() // a cgroup namespace is a thread's own
	unix.CloseRange(3, 1<<32-1, unix.CLOSE_RANGE_CLOEXEC)
	signal.Ignore() // all of them: the judge ends us
	var m build.Machine
	must("the machine's description", json.NewDecoder(os.NewFile(build.WordFD, "word")).Decode(&m))
	for kind, judges := range m.Not {
		if ours, err := os.Readlink("/proc/self/ns/" + kind); err != nil || ours == judges {
			must(kind, fmt.Errorf("this is the judge's own namespace, or unknown: %q, %w", ours, err))
		}
	}
	ownGroups(m)
	kept := make([]int, len(m.Keep))
	for i, path := range m.Keep { // before something covers it; -1 where we may not go
		kept[i], _ = unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	}
	must("private mounts", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must("read-only mounts", readOnly())
	must("mount proc", unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""))
	for _, g := range m.Groups {
		must("bind the control group", unix.Mount(g.Group, g.Over, "", unix.MS_BIND, ""))
		must("a control group that can be written", unix.Mount("", g.Over, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""))
	}
	// What everybody may write is empty and the machine's own.
	for _, dir := range []string{"/tmp", "/var/tmp", "/dev/shm", "/run"} {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() {
			must("mount a tmpfs on "+dir, unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=128m,nr_inodes=20000,mode=1777"))
		}
	}
	must("look at the mounts", onlyOursWritable(m))
	for i, path := range m.Keep {
		must("keep "+path, keep(path, kept[i], build.FirstKept+i))
	}
	must("the bench", bench(m))
	must("bind the socket", unix.Bind(build.SocketFD, &unix.SockaddrUnix{Name: build.Socket}))
	must("open the socket to all", os.Chmod(build.Socket, 0o777))
	must("listen", unix.Listen(build.SocketFD, 16))
	begin(m)
}

// ownGroups makes the machine's control groups look like the roots of all. As on a real
// machine, the root itself is not where the processes are.
func ownGroups(m build.Machine) {
	if len(m.Groups) == 0 {
		return
	}
	must("unshare the cgroup namespace", unix.Unshare(unix.CLONE_NEWCGROUP))
	for _, g := range m.Groups {
		self := filepath.Join(g.Group, "self")
		must("mkdir "+self, os.Mkdir(self, 0o755))
		must("move to "+self, cgroup.Write(self+"/cgroup.procs", "0"))
		if g.V2 {
			must("enable memory", cgroup.Write(g.Group+"/cgroup.subtree_control", "+memory +pids"))
		}
	}
}

// readOnly makes all that is mounted read-only, at once or, before Linux 5.12, mount
// by mount.
func readOnly() error {
	err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if err == nil || !errors.Is(err, unix.ENOSYS) {
		return err
	}
	mounts, err := lab.Mounts("/proc/self/")
	for _, m := range mounts {
		var fs unix.Statfs_t
		if unix.Statfs(m.Point, &fs) == nil { // flags that are locked must be repeated; most have the same number
			keep := uintptr(fs.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
			if fs.Flags&unix.ST_RELATIME != 0 {
				keep |= unix.MS_RELATIME
			}
			err = errors.Join(err, unix.Mount("", m.Point, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|keep, ""))
		}
	}
	return err
}

// onlyOursWritable makes sure, before anything of the learner's runs.
func onlyOursWritable(m build.Machine) error {
	mounts, err := lab.Mounts("/proc/self/")
	for _, mount := range mounts {
		ours := mount.Type == "proc" && mount.Point == "/proc" || isGroup(m, mount.Point) ||
			mount.Type == "tmpfs" && strings.Contains(" /tmp /var/tmp /dev/shm /run ", " "+mount.Point+" ")
		if !ours && !strings.Contains(","+mount.Options+",", ",ro,") {
			err = errors.Join(err, fmt.Errorf("%s can be written", mount.Point))
		}
	}
	return err
}

func isGroup(m build.Machine, point string) bool {
	return slices.ContainsFunc(m.Groups, func(g build.Delegated) bool { return g.Over == point })
}

// keep shows a file or directory where it was, though something covers it now or an
// ordinary user may not go there.
func keep(path string, ours, judges int) error {
	if unix.Access(path, unix.R_OK) == nil {
		return nil
	}
	for dir := "/"; dir != path; { // from above: the first that is closed gets a cover
		rest, _ := filepath.Rel(dir, path)
		first, _, _ := strings.Cut(rest, "/")
		dir = filepath.Join(dir, first)
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && unix.Access(dir, unix.X_OK) != nil {
			if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=128m,mode=755"); err != nil {
				return err
			}
		}
	}
	var info unix.Stat_t
	if err := errors.Join(unix.Fstat(judges, &info), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
		return err
	}
	switch directory := info.Mode&unix.S_IFMT == unix.S_IFDIR; {
	case ours < 0 && directory:
		return fmt.Errorf("this directory is root's alone: %w", unix.EACCES)
	case ours < 0: // a mount of another namespace can't be bound
		return copied(judges, path)
	case directory:
		os.Mkdir(path, 0o755)
	default:
		os.WriteFile(path, nil, 0o644)
	}
	return unix.Mount(fmt.Sprintf("/proc/self/fd/%d", ours), path, "", unix.MS_BIND, "")
}

// bench lays out what a try needs.
func bench(m build.Machine) error {
	for _, dir := range []string{build.RootFS + "/lab", build.RootFS + "/tmp", build.RootFS + "/proc"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	err := errors.Join(
		copied(build.ProbeFD, build.Probe),
		os.WriteFile(build.NoExec, []byte("no program\n"), 0o644),
		os.WriteFile(filepath.Join(build.Bench, build.Mark), nil, 0o644))
	if m.Command[0] == build.Program {
		err = errors.Join(err, copied(build.ProgramFD, build.Program))
	}
	return err
}

func copied(fd int, path string) error {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, os.NewFile(uintptr(fd), path))
	return errors.Join(err, to.Close())
}

// begin starts the machine's first process, and stays until it has ended.
func begin(m build.Machine) {
	must("name the machine", unix.Sethostname([]byte(build.HostName)))
	text, err := json.Marshal(m)
	must("the description", err)
	cmd := exec.Command("/proc/self/exe", "launch", string(text))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	says, word := os.NewFile(build.SaysFD, "says"), os.NewFile(build.WordFD, "word")
	cmd.ExtraFiles = []*os.File{says, word}
	id := func(in, size int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: in, HostID: 0, Size: size}}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig:  unix.SIGKILL,
	}
	switch {
	case m.Trusted:
		cmd.SysProcAttr.Cloneflags &^= unix.CLONE_NEWUSER
	case m.UID == 0:
		cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = id(0, build.IDs), id(0, build.IDs)
		cmd.SysProcAttr.GidMappingsEnableSetgroups = true
	default: // an ordinary user in there too, to whom the launcher gives nothing
		cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = id(m.UID, 1), id(m.GID, 1)
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_RESOURCE}
	}
	must("begin", cmd.Start())
	says.Close()
	word.Close()
	cmd.Wait()
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.NewFile(build.SaysFD, "says"), "failed: %s: %v\n", what, err)
		os.Exit(97)
	}
}
