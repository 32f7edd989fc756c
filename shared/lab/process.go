package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// A Process is what can be read of a process of the learner's from outside. What
// could not be read is in Err.
type Process struct {
	PID        int // 0 where there is none
	Err        error
	Namespaces map[string]string // its links in /proc/PID/ns, by kind
	Ours       map[string]string // the same of the program that looks
	NSpid      []int             // its PID in each PID namespace, ours first: proc_pid_status(5)
	UID        int               // outside
	UIDMap     string            // /proc/PID/uid_map, its blanks squeezed
	CapBnd     string            // the capabilities that it may have, in hexadecimal
	NoNewPrivs string            // "1" where a set-user-ID program gives nothing
	Group      string            // /proc/PID/cgroup
	Mounts     []Mount           // /proc/PID/mountinfo
	OurMounts  []Mount
	Siblings   []int // PIDs in the /proc that it sees
}

// A Mount is a line of mountinfo, as far as labs look at it.
type Mount struct {
	Point, Type string
	Device      string // MAJOR:MINOR
	Options     string // of the mount, not of the file system
	Shared      bool   // it has peers or a master, mount_namespaces(7)
}

// Find looks for `sleep TICKET`, however it was started. There may be one only.
func Find(ticket int) Process {
	found := find(ticket)
	switch len(found) {
	case 0:
		return Process{}
	case 1:
		return read(found[0])
	}
	return Process{PID: found[0], Err: lang.Errorf(lang.Text{
		EN: "there are %d of sleep %d: PIDs %v; end what is too many: kill -9 PID",
		ZH: "有 %d 个 sleep %d（PID %v），多余的请结束掉：kill -9 PID",
	}, len(found), ticket, found)}
}

// IsThere judges what every lab looks at first: one process of the learner's, or beside
// them, runs and could be read. Where it is ok there is no verdict yet.
func (p Process) IsThere(goal, hint string) (v Verdict, ok bool) {
	switch {
	case p.PID == 0:
		return No(goal, hint, "/proc/*/cmdline"), false
	case p.Err != nil:
		return Blind(goal, p.Err), false
	}
	return v, true
}

// find returns the PIDs of `sleep TICKET`.
func find(ticket int) (found []int) {
	for _, pid := range pids("/proc") {
		if words := commandLine(pid); words != nil && isSleep(words) && words[len(words)-1] == strconv.Itoa(ticket) {
			found = append(found, pid)
		}
	}
	return found
}

// isSleep reports whether a command line is `sleep NUMBER`. It is not `sudo sleep NUMBER`:
// sudo stays, as the parent of the one that is meant.
func isSleep(words []string) bool {
	if filepath.Base(words[0]) == "busybox" {
		words = words[1:]
	}
	return len(words) == 2 && filepath.Base(words[0]) == "sleep"
}

func read(pid int) Process {
	p := Process{PID: pid}
	proc := fmt.Sprintf("/proc/%d/", pid)
	var err [7]error
	p.Namespaces, err[0] = namespaces(proc)
	p.Ours, err[1] = namespaces("/proc/self/")
	err[2] = p.readStatus(proc)
	var text []byte
	text, err[3] = os.ReadFile(proc + "uid_map")
	p.UIDMap = strings.Join(strings.Fields(string(text)), " ")
	text, err[4] = os.ReadFile(proc + "cgroup")
	p.Group = string(text)
	p.Mounts, err[5] = Mounts(proc)
	p.OurMounts, err[6] = Mounts("/proc/self/")
	p.Siblings = pids(proc + "root/proc")
	p.Err = errors.Join(err[:]...)
	return p
}

// Kinds are the namespaces that labs look at.
var Kinds = []string{"uts", "pid", "mnt", "ipc", "net", "cgroup", "user"}

func namespaces(proc string) (map[string]string, error) {
	links := map[string]string{}
	for _, kind := range Kinds {
		link, err := os.Readlink(proc + "ns/" + kind)
		if errors.Is(err, fs.ErrNotExist) && exists(proc+"ns") { // cgroup namespaces came with Linux 4.6
			continue
		}
		if err != nil {
			return nil, err
		}
		links[kind] = link
	}
	return links, nil
}

func (p *Process) readStatus(proc string) error {
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		switch {
		case name == "CapBnd":
			p.CapBnd = strings.Join(fields, "")
		case name == "NoNewPrivs":
			p.NoNewPrivs = strings.Join(fields, "")
		case name == "Uid" && len(fields) > 0:
			if p.UID, err = strconv.Atoi(fields[0]); err != nil {
				return err
			}
		case name == "NSpid":
			for _, field := range fields {
				number, err := strconv.Atoi(field)
				if err != nil {
					return err
				}
				p.NSpid = append(p.NSpid, number)
			}
		}
	}
	return nil
}

// Mounts reads the mountinfo in a process's directory in /proc, proc_pid_mountinfo(5).
func Mounts(proc string) (list []Mount, err error) {
	table, err := os.ReadFile(proc + "mountinfo")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(table)) {
		left, right, _ := strings.Cut(line, " - ")
		f, r := strings.Fields(left), strings.Fields(right)
		if len(f) < 6 || len(r) < 1 {
			return nil, fmt.Errorf("mountinfo: a line that proc_pid_mountinfo(5) does not know: %q", line)
		}
		list = append(list, Mount{Point: cgroup.Unescape(f[4]), Type: r[0], Device: f[2], Options: f[5], Shared: len(f) > 6})
	}
	return list, nil
}

// At returns the mount at a path that can be seen: the last one.
func At(list []Mount, point string) (m Mount, found bool) {
	for _, mount := range slices.Backward(list) {
		if mount.Point == point {
			return mount, true
		}
	}
	return m, false
}

func pids(proc string) (list []int) {
	entries, _ := os.ReadDir(proc)
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// HostNameOf returns the host name that a process sees. An ordinary user may look
// into the namespaces that belong to a user namespace of their own.
func HostNameOf(pid int) (string, error) {
	args := []string{"--target", strconv.Itoa(pid), "--uts"}
	if os.Geteuid() != 0 {
		args = append(args, "--user", "--preserve-credentials")
	}
	out, err := exec.Command("nsenter", append(args, "uname", "-n")...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("nsenter --target %d --uts uname -n: %s", pid, bytes.TrimSpace(exit.Stderr))
	}
	return strings.TrimSpace(string(out)), err
}

// A Group is what the kernel says of the learner's group lab-TICKET. What could not
// be read is in Err.
type Group struct {
	Dir   string // "" where there is none
	Err   error
	Files map[string]string // the files that were asked for and are there, their last blanks cut
}

// FindGroup looks for the group lab-TICKET in one directory, and reads these files.
func FindGroup(top string, ticket int, files ...string) Group {
	g := Group{Dir: filepath.Join(top, fmt.Sprintf("lab-%d", ticket)), Files: map[string]string{}}
	if _, err := os.Stat(g.Dir); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			g.Err = err
		}
		g.Dir = ""
		return g
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(g.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		g.Err = errors.Join(g.Err, err)
		g.Files[name] = strings.TrimSpace(string(text))
	}
	return g
}

// Count returns the number that a file of "NAME NUMBER" lines has for a name.
func (g Group) Count(file, name string) int {
	for line := range strings.Lines(g.Files[file]) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == name {
			number, _ := strconv.Atoi(fields[1])
			return number
		}
	}
	return 0
}

// AtWork reports whether somebody in the group, whose cgroup.procs was asked for, is at
// work: not only a shell at which somebody types.
func (g Group) AtWork() bool {
	return slices.ContainsFunc(strings.Fields(g.Files["cgroup.procs"]), func(text string) bool {
		pid, err := strconv.Atoi(text)
		words := commandLine(pid)
		return err == nil && words != nil && (!isShell(words) || isFork(pid))
	})
}

// commandLine is a process's; nil where it has none any more.
func commandLine(pid int) []string {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}
