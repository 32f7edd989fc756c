package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mydocker.example/shared/cgroup"
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

// remove ends the sleeps that have a ticket's number, and takes back the groups and
// mounts with its name. The first process of a PID namespace hears no other signal,
// pid_namespaces(7).
func remove(ticket int, report func(command string)) error {
	for _, pid := range sleepers(ticket) {
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
	made, err := ledger.Open()
	if err != nil {
		return err
	}
	for _, e := range left {
		err = errors.Join(err, made.Record(e.Kind, e.Args...))
	}
	return errors.Join(err, made.Undo(report))
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
