package build

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
)

// lookFromOutside reads of the probe what it also says itself. Where the two differ,
// this is what counts: inside, /proc can be forged.
func (r *Run) lookFromOutside(pid int) error {
	proc := fmt.Sprintf("/proc/%d/", pid)
	in := &r.Inside
	line, err := os.ReadFile(proc + "cmdline")
	if err != nil {
		return err
	}
	in.Args = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	numbers := strings.Fields(field(pid, "NSpid"))
	if len(numbers) == 0 {
		return fmt.Errorf("%sstatus: no NSpid", proc)
	}
	in.PID, _ = strconv.Atoi(numbers[len(numbers)-1])
	in.CapBnd, in.NoNewPrivs = ofThreads(pid, "CapBnd"), ofThreads(pid, "NoNewPrivs")
	if in.UID, err = idInside(pid); err != nil {
		return err
	}
	for _, kept := range keptOpen(pid) {
		if !slices.Contains(in.Files, kept) {
			in.Files = append(in.Files, kept)
		}
	}
	var fs unix.Statfs_t
	if unix.Statfs(proc+"root/proc/sys/kernel", &fs) == nil {
		r.Switches = "rw"
		if fs.Flags&unix.ST_RDONLY != 0 {
			r.Switches = "ro"
		}
	}
	if in.Processes, err = seenIn(proc + "root/proc"); err != nil {
		in.Processes = nil
	}
	return nil
}

// ofThreads returns a field of status, each value that a thread has once.
func ofThreads(pid int, name string) (values []string) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		if v := FieldOf(string(text), name); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func field(pid int, name string) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return FieldOf(string(text), name)
}

// FieldOf returns a field of a text as proc_pid_status(5) has it, "" where there is none.
func FieldOf(status, name string) string {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// idInside is the effective user ID that a process has for itself.
func idInside(pid int) (int, error) {
	ids := strings.Fields(field(pid, "Uid"))
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/uid_map", pid))
	if err != nil || len(ids) < 2 {
		return -1, fmt.Errorf("/proc/%d/uid_map: %q, %w", pid, ids, err)
	}
	uid, _ := strconv.Atoi(ids[1])
	for line := range strings.Lines(string(text)) {
		var in, out, size int
		fmt.Sscan(line, &in, &out, &size)
		if uid >= out && uid-out < size {
			return in + uid - out, nil
		}
	}
	return 65534, nil // in no line: overflowuid, user_namespaces(7)
}

// otherFiles says of a process's standard files what they are, where they are not those
// that the program was given.
func (host *machine) otherFiles(pid int) (others [3]string, err error) {
	for fd := range others {
		its := fmt.Sprintf("/proc/%d/fd/%d", pid, fd)
		given, err1 := os.Stat(fmt.Sprintf("/proc/%d/fd/%d", host.launcher, fd))
		got, err2 := os.Stat(its)
		if err1 != nil {
			return others, err1
		}
		if err2 == nil && os.SameFile(given, got) {
			continue
		}
		if others[fd], _ = os.Readlink(its); others[fd] == "" {
			others[fd] = "–"
		}
	}
	return others, nil
}

// keptOpen are the descriptors that a process hands on.
func keptOpen(pid int) (list []string) {
	infos, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	for _, file := range infos {
		fd, _ := strconv.Atoi(filepath.Base(file))
		text, err := os.ReadFile(file)
		flags, _ := strconv.ParseUint(FieldOf(string(text), "flags"), 8, 64)
		if err == nil && fd > 2 && flags&unix.O_CLOEXEC == 0 {
			link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
			list = append(list, fmt.Sprintf("%d %s", fd, link))
		}
	}
	return list
}

// seenIn lists the processes that a /proc shows, which must be one.
func seenIn(proc string) (list []int, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(proc, &fs); err != nil {
		return nil, err
	}
	if fs.Type != unix.PROC_SUPER_MAGIC {
		return nil, fmt.Errorf("%s is no proc", proc)
	}
	entries, err := os.ReadDir(proc)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list, err
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
	above := lab.Parents(pid)
	if i := slices.Index(above, launcher); i > 0 {
		return above[i-1]
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

// stopped reports whether a process, or one that stems from it, is.
func stopped(pid int) bool {
	return strings.HasPrefix(field(pid, "State"), "T") || slices.ContainsFunc(children(pid), stopped)
}

func namespaces(pid int) map[string]string {
	links := map[string]string{}
	for _, kind := range []string{"uts", "pid", "mnt", "ipc", "net", "user", "cgroup"} {
		links[kind], _ = os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	}
	return links
}

// mounts are a process's, none where they can't be read.
func mounts(pid int) []lab.Mount {
	list, _ := lab.Mounts(fmt.Sprintf("/proc/%d/", pid))
	return list
}

func mountPoints(pid int) (list []string) {
	for _, m := range mounts(pid) {
		list = append(list, m.Point)
	}
	return list
}

func groupOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return groupIn(string(text))
}

func alive(pid int) bool {
	stat := host.Stat(pid)
	return len(stat) > 0 && stat[0] != "Z" && stat[0] != "X"
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
