package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

var removes = lang.Text{EN: "what you made is still there; this removes it:", ZH: "你造的东西还在；这样清掉："}

// left reports whether something with a lab's ticket is there.
func (d *desk) left(l Lab) bool {
	r := d.seat.Labs[l.ID]
	return r != nil && l.Build == nil && (len(sleepers(r.Ticket)) > 0 || len(entries(r.Ticket)) > 0)
}

// Clean removes what the learner has made in a day's labs, and says how.
func (d Day) Clean(report func(command string)) error {
	if _, err := stateDir(); err != nil {
		return nil // without a home nothing is remembered
	}
	s, err := openSeat(d.Name)
	if err != nil {
		return remembered(err)
	}
	for _, l := range d.Labs {
		if r := s.Labs[l.ID]; r != nil && l.Build == nil {
			err = errors.Join(err, remove(r.Ticket, report))
		}
	}
	return err
}

// remove ends the sleeps that have a ticket's number and what a lab has running in its
// groups, and takes back the groups and mounts with its name. The first process of a
// PID namespace hears no other signal, pid_namespaces(7).
func remove(ticket int, report func(command string)) error {
	ended := sleepers(ticket)
	for _, pid := range ended {
		process, err := os.FindProcess(pid)
		if err != nil {
			return err
		}
		if err := process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		report(fmt.Sprintf("kill -9 %d", pid))
	}
	left := entries(ticket)
	if len(left) == 0 {
		return nil
	}
	for _, e := range left {
		if e.Kind == ledger.Cgroup {
			if err := endIn(e.Args[0], &ended, report); err != nil {
				return err
			}
		}
	}
	made, err := ledger.Open()
	if err != nil {
		return err
	}
	for _, e := range left {
		err = errors.Join(err, made.Record(e.Kind, e.Args...))
	}
	return errors.Join(err, made.Undo(report))
}

// endIn ends what a lab has running in a group and those below it. Moved out of the
// group and its limits, a busy loop would have a CPU to itself, and a sleep its hours.
// Each is reported once, and not if it has been before.
func endIn(group string, ended *[]int, report func(command string)) error {
	spared := Parents(os.Getpid())
	return filepath.WalkDir(group, func(dir string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.IsDir() {
			return err
		}
		return cgroup.KillIf(dir, func(pid int) bool {
			end := !slices.Contains(spared, pid) && isOfLab(pid)
			if end && !slices.Contains(*ended, pid) {
				*ended = append(*ended, pid)
				report(fmt.Sprintf("kill -9 %d", pid))
			}
			return end
		})
	})
}

// isOfLab reports whether a process in a lab's group is the lab's own: a sleep of this
// user's, or what goes on in the background of the lab's shell. What somebody types or
// looks at is not, a stopped editor neither, nor what has begun a session of its own,
// tmux say, nor what was moved in from elsewhere.
func isOfLab(pid int) bool {
	proc := fmt.Sprintf("/proc/%d/", pid)
	info, err := os.Stat(proc)
	if err != nil || !isOurs(info) {
		return false
	}
	words := commandLine(pid)
	if words == nil || isSleep(words) {
		return words != nil
	}
	environ, err := os.ReadFile(proc + "environ")
	state := host.Stat(pid)
	if err != nil || len(state) < 7 {
		return false
	}
	stopped, inForeground := state[0] == "T", state[2] == state[5]
	return strings.Contains("\x00"+string(environ), "\x00"+marker+"="+state[3]+"\x00") &&
		!stopped && !inForeground && (!isShell(words) || isFork(pid))
}

// isShell reports whether a command line is that of a shell which reads what is typed.
func isShell(words []string) bool {
	name := strings.TrimPrefix(filepath.Base(words[0]), "-")
	return strings.HasSuffix(name, "sh") && !slices.ContainsFunc(words[1:], func(word string) bool {
		return !strings.HasPrefix(word, "-") || !strings.HasPrefix(word, "--") && strings.Contains(word, "c")
	})
}

// isFork reports whether a process runs its parent's program still, as a shell's loop in
// the background does: PF_FORKNOEXEC among the flags, proc_pid_stat(5).
func isFork(pid int) bool {
	const forkNoExec = 0x40
	fields := host.Stat(pid)
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.Atoi(fields[6])
	return err == nil && flags&forkNoExec != 0
}

// Parents are a process and all above it.
func Parents(pid int) (list []int) {
	for pid > 1 {
		list = append(list, pid)
		fields := host.Stat(pid)
		if len(fields) < 2 {
			break
		}
		pid, _ = strconv.Atoi(fields[1])
	}
	return list
}

// entries are what has a ticket's name: the groups, and the directory with what is
// mounted on it.
func entries(ticket int) (list []ledger.Entry) {
	dir := fmt.Sprintf("/tmp/lab-%d", ticket)
	if exists(dir) {
		list = append(list, ledger.Entry{Kind: ledger.Directory, Args: []string{dir}})
	}
	if table, err := Mounts("/proc/self/"); err == nil {
		if _, found := At(table, dir); found {
			list = append(list, ledger.Entry{Kind: ledger.Mount, Args: []string{dir}})
		}
	}
	hierarchies, err := cgroup.Mounted()
	if err != nil {
		return list
	}
	for _, h := range hierarchies {
		group := filepath.Join(h.Top(), fmt.Sprintf("lab-%d", ticket))
		if info, err := os.Lstat(group); err == nil && info.IsDir() {
			list = append(list, ledger.Entry{Kind: ledger.Cgroup, Args: []string{group}})
		}
	}
	return list
}

// sleepers are this user's sleeps with a ticket's number, and root's and the caller's
// where sudo has made this user root.
func sleepers(ticket int) (list []int) {
	for _, pid := range find(ticket) {
		info, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
		if err == nil && isOurs(info) {
			list = append(list, pid)
		}
	}
	return list
}

// Next is the first lab of the day that has not passed; "" where all have.
func (d Day) Next() string {
	s, err := openSeat(d.Name)
	if err != nil {
		return ""
	}
	for _, l := range d.Labs {
		if r := s.Labs[l.ID]; r == nil || r.Result != Pass {
			return l.ID
		}
	}
	return ""
}
