package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// undo takes back what is in a ledger from an entry on, but for what a live run has
// taken. It returns what it left: to another run that needs it, or because it is out
// of sight.
func undo(file *os.File, since int, taken map[string]bool, report func(command string)) (left []Entry, err error) {
	entries, err := read(file)
	if err != nil {
		return nil, err
	}
	all := entries
	entries = slices.Clone(entries[min(since, len(entries)):])
	controllersLast(entries)
	var errs []error
	for _, e := range entries {
		if e.Kind != Controller && taken[e.String()] {
			continue // made anew by a live run, which takes it back
		}
		if e.outOfSight(all) {
			left = append(left, e)
			continue
		}
		if e.Kind == Controller {
			heir, err := heirOf(e, file.Name())
			if heir != "" {
				err = errors.Join(err, handOver(e, heir))
			}
			if err != nil || heir != "" {
				errs = append(errs, err)
				left = append(left, e)
				continue
			}
		}
		errs = append(errs, e.undo(report))
	}
	return left, errors.Join(errs...)
}

// controllersLast puts the entries into the order in which they are undone: the
// last one first, but controllers after the groups that use them, and from the
// leaves to the root. Those that were handed over stand at the end.
func controllersLast(entries []Entry) {
	slices.Reverse(entries)
	depth := func(e Entry) int {
		if e.Kind != Controller {
			return math.MaxInt
		}
		return strings.Count(e.Args[0], "/")
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(depth(b), depth(a)) })
}

// heirOf finds the ledger of a live run, other than the one with this ledger, that
// has a group where the controller is enabled and so needs it.
func heirOf(enabled Entry, except string) (ledger string, err error) {
	err = each(func(file *os.File, alive bool) error {
		if !alive || file.Name() == except {
			return nil
		}
		entries, err := read(file)
		for _, e := range entries {
			if (e.Kind == Cgroup || e.Kind == Container) && strings.HasPrefix(e.Args[0], enabled.Args[0]+"/") {
				ledger = file.Name()
			}
		}
		return err
	})
	return ledger, err
}

// handOver hands an entry to another run: the last one that needs the controller
// takes it back.
func handOver(e Entry, ledger string) error {
	file, err := os.OpenFile(ledger, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return (&Ledger{file}).record(e)
}

func (e Entry) undo(report func(command string)) error {
	path := e.Args[0]
	switch e.Kind {
	case Directory, Tree, Cgroup, Container, Parent: // rmdir of what was never made may be refused for another reason
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	switch e.Kind {
	case Directory:
		return gone(os.Remove(path), "rmdir "+path, report)
	case Tree:
		return gone(removeTree(path), "rm -r "+path, report)
	case Mount:
		return umount(path, report)
	case Cgroup:
		return removeGroup(path, ours, report)
	case Container:
		return removeGroup(path, func(int) bool { return true }, report)
	case Parent:
		err := os.Remove(path)
		if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EROFS) {
			return nil // another run's group is in it, or nobody can have made it through this mount
		}
		return gone(err, "rmdir "+path, report)
	case Hierarchy:
		return removeHierarchy(path, report)
	case Controller:
		return disable(cgroup.Enabling{Dir: path, Controller: e.Args[1]}, report)
	case Queue:
		return removeQueue(e.Args[0], report)
	}
	return lang.Errorf(lang.Text{EN: "an entry of another version of the workshop: %q", ZH: "这一条是别的版本记下的：%q"}, e)
}

// Exists reports whether the thing is there now.
func (e Entry) Exists() bool {
	switch e.Kind {
	case Mount:
		return mounted(e.Args[0])
	case Hierarchy:
		return HierarchyExists(e.Args[0])
	case Controller:
		on, _ := cgroup.Enabling{Dir: e.Args[0], Controller: e.Args[1]}.Enabled()
		return on
	case Queue:
		return queueExists(e.Args[0])
	}
	_, err := os.Lstat(e.Args[0])
	return err == nil
}

// HierarchyExists reports whether there is a v1 hierarchy of this name,
// mounted or not.
func HierarchyExists(name string) bool {
	lines, err := os.ReadFile("/proc/self/cgroup")
	return err == nil && slices.ContainsFunc(strings.Split(string(lines), "\n"), func(line string) bool {
		return strings.Contains(line, ":name="+name+":")
	})
}

// outOfSight reports whether a group can't be seen from here, in a mount namespace
// without its hierarchy: that a path is not there does not mean then that the
// group is gone. Of a hierarchy that the run itself had mounted, which these
// entries say, it does.
func (e Entry) outOfSight(entries []Entry) bool {
	if e.Kind != Cgroup && e.Kind != Container && e.Kind != Parent {
		return false
	}
	dir := e.Args[0]
	if _, err := os.Lstat(dir); err == nil {
		return false
	}
	for _, other := range entries {
		if other.Kind == Mount && strings.HasPrefix(dir, other.Args[0]+"/") {
			return false
		}
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if is, err := onCgroup(dir); err == nil {
			return !is
		}
	}
	return true
}

// gone reports a removal, unless the thing was gone already.
func gone(err error, command string, report func(string)) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		report(command)
	}
	return err
}

// ours reports whether process pid was started by a run of the workshop.
func ours(pid int) bool {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && slices.ContainsFunc(strings.Split(string(environ), "\x00"), func(variable string) bool {
		return strings.HasPrefix(variable, Marker+"=")
	})
}

// dying reports whether a process has let go of its program, and so of the
// environment that would tell whose it was.
func dying(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return errors.Is(err, fs.ErrNotExist)
}

// removeGroup removes a cgroup with the groups in it.
func removeGroup(dir string, ours func(pid int) bool, report func(string)) error {
	if err := os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		return gone(err, "rmdir "+dir, report)
	}
	children, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // a control file has the name
		return nil
	}
	if err != nil {
		return err
	}
	for _, child := range children {
		if child.IsDir() {
			if err := removeGroup(filepath.Join(dir, child.Name()), ours, report); err != nil {
				return err
			}
		}
	}
	if err := cgroup.KillIf(dir, ours); err != nil {
		return err
	}
	if err := moveOut(dir, ours, report); err != nil {
		return err
	}
	return gone(cgroup.Remove(dir), "rmdir "+dir, report)
}

// moveOut moves the processes that are not ours to the parent group, or to ours.
func moveOut(dir string, ours func(pid int) bool, report func(string)) error {
	pids, err := cgroup.Procs(dir)
	if err != nil {
		return err
	}
	parent := filepath.Join(filepath.Dir(dir), "cgroup.procs")
	for _, pid := range pids {
		if ours(pid) || dying(pid) {
			continue
		}
		to := parent
		err := cgroup.Write(to, strconv.Itoa(pid))
		if errors.Is(err, syscall.EBUSY) { // a delegated group: v2 keeps processes out of it, but not out of ours
			if to, err = ownGroup(); err == nil {
				err = cgroup.Write(to, strconv.Itoa(pid))
			}
		}
		if errors.Is(err, syscall.ESRCH) {
			continue // it is dying, and had no environment any more to tell whose it was
		}
		if err != nil {
			return err
		}
		report(fmt.Sprintf("echo %d > %s", pid, to))
	}
	return nil
}

// ownGroup returns the cgroup.procs of the v2 group in which we are.
func ownGroup() (string, error) {
	h, found := cgroup.Unified()
	if !found {
		return "", lang.Errorf(lang.Text{EN: "no cgroup v2 hierarchy is mounted", ZH: "没有挂载 cgroup v2 的层级"})
	}
	dir, err := h.Own()
	return filepath.Join(dir, h.Version.Names().Procs), err
}

// disable disables a controller. The kernel refuses (EBUSY) where a group below
// has enabled it in turn: then it is somebody else's by now and stays. A leaf
// that somebody has made meanwhile loses the controller's files.
func disable(e cgroup.Enabling, report func(string)) error {
	if on, err := e.Enabled(); !on || err != nil { // the group has gone, perhaps
		return nil
	}
	if err := e.Disable(); err != nil {
		if errors.Is(err, syscall.EBUSY) {
			return nil
		}
		return err
	}
	report(fmt.Sprintf("echo -%s > %s/%s", e.Controller, e.Dir, cgroup.V2.Names().Enable))
	return nil
}
