package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mydocker.example/shared/lang"
)

// A Group is one cgroup as its user thinks of it: a single directory on v2,
// one directory of the same name in each hierarchy in use on v1.
type Group struct {
	Name string
	dirs []groupDir
	all  []Hierarchy // that are mounted
}

type groupDir struct {
	hierarchy   Hierarchy
	path        string
	controllers []string
}

// New works out where a group with these controllers belongs. It makes
// nothing yet: see Dirs, ToEnable and Make. A name such as "mydocker/web" is a
// group in a group.
func New(name string, controllers ...string) (*Group, error) {
	all, err := Mounted()
	if err != nil {
		return nil, err
	}
	g := &Group{Name: name, all: all}
	for _, controller := range controllers {
		h, err := find(all, controller)
		if err != nil {
			return nil, err
		}
		i := g.index(h)
		if i < 0 {
			g.dirs = append(g.dirs, groupDir{hierarchy: h, path: filepath.Join(h.Top(), name)})
			i = len(g.dirs) - 1
		}
		g.dirs[i].controllers = append(g.dirs[i].controllers, controller)
	}
	return g, nil
}

// Group returns the group of this name in the hierarchy, without controllers
// to set. It makes nothing yet.
func (h Hierarchy) Group(name string) *Group {
	return &Group{Name: name, dirs: []groupDir{{hierarchy: h, path: filepath.Join(h.Top(), name)}}}
}

// Dirs returns the group's directories, one a hierarchy.
func (g *Group) Dirs() []string {
	var paths []string
	for _, d := range g.dirs {
		paths = append(paths, d.path)
	}
	return paths
}

// Hierarchies returns those in which the group has a directory.
func (g *Group) Hierarchies() []Hierarchy {
	var list []Hierarchy
	for _, d := range g.dirs {
		list = append(list, d.hierarchy)
	}
	return list
}

// Everywhere returns the directories that groups of this name have or would
// have, one for every hierarchy that is mounted.
func (g *Group) Everywhere() []string {
	paths := g.Dirs()
	for _, h := range g.all {
		if g.index(h) < 0 {
			paths = append(paths, filepath.Join(h.Top(), g.Name))
		}
	}
	return paths
}

// index returns which of the group's directories is in the hierarchy, or -1.
func (g *Group) index(h Hierarchy) int {
	return slices.IndexFunc(g.dirs, func(d groupDir) bool { return d.hierarchy.Mount == h.Mount })
}

// Dir returns the directory in which the group has the controller, and its
// hierarchy's version. It panics where New was not asked for the controller.
func (g *Group) Dir(controller string) (string, Version) {
	d := g.dir(controller)
	return d.path, d.hierarchy.Version
}

func (g *Group) dir(controller string) groupDir {
	for _, d := range g.dirs {
		if slices.Contains(d.controllers, controller) {
			return d
		}
	}
	panic("cgroup: New was not asked for " + controller)
}

// An Enabling is a controller that must be enabled in a v2 directory before
// the groups below have its files.
type Enabling struct{ Dir, Controller string }

// ToEnable lists what Make will enable above the group: a change to groups
// that others own, so it is to be taken back (Disable).
func (g *Group) ToEnable() ([]Enabling, error) {
	var list []Enabling
	for _, d := range g.dirs {
		if d.hierarchy.Version != V2 {
			continue
		}
		for dir := d.hierarchy.Top(); dir != d.path; dir = nextBelow(dir, d.path) {
			missing, err := notEnabled(dir, d.controllers)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			list = append(list, missing...)
		}
	}
	return list, nil
}

// nextBelow returns the directory one level below dir on the way to path.
func nextBelow(dir, path string) string {
	rest, _ := filepath.Rel(dir, path)
	first, _, _ := strings.Cut(rest, "/")
	return filepath.Join(dir, first)
}

// Enabled reports whether the controller is enabled there.
func (e Enabling) Enabled() (bool, error) {
	on, err := enabledIn(e.Dir)
	return slices.Contains(on, e.Controller), err
}

// Enable gives the children of a v2 group the controller's files.
func (e Enabling) Enable() error { return Write(e.file(), "+"+e.Controller) }

// Disable takes them away again.
func (e Enabling) Disable() error { return Write(e.file(), "-"+e.Controller) }

func (e Enabling) file() string { return filepath.Join(e.Dir, names[V2].Enable) }

// Make makes the group's directories, and those above them that are missing.
func (g *Group) Make() error {
	for _, d := range g.dirs {
		for dir := d.hierarchy.Top(); dir != d.path; {
			if d.hierarchy.Version == V2 {
				if err := enableMissing(dir, d.controllers); err != nil {
					return err
				}
			}
			dir = nextBelow(dir, d.path)
			if err := os.Mkdir(dir, 0o755); err != nil && (dir == d.path || !errors.Is(err, fs.ErrExist)) {
				return Explain("mkdir", dir, err)
			}
		}
	}
	return nil
}

func enableMissing(dir string, controllers []string) error {
	missing, err := notEnabled(dir, controllers)
	if err != nil {
		return err
	}
	for _, e := range missing {
		if err := e.Enable(); err != nil {
			return err
		}
	}
	return nil
}

// notEnabled lists which of the controllers are not enabled in a v2 directory: all,
// where that is not there yet.
func notEnabled(dir string, controllers []string) (list []Enabling, err error) {
	on, err := enabledIn(dir)
	for _, controller := range controllers {
		if !slices.Contains(on, controller) {
			list = append(list, Enabling{dir, controller})
		}
	}
	return list, err
}

// enabledIn lists the controllers that are enabled in a v2 directory.
func enabledIn(dir string) ([]string, error) {
	file := filepath.Join(dir, names[V2].Enable)
	list, err := os.ReadFile(file)
	return strings.Fields(string(list)), Explain("read", file, err)
}

// Write writes a value to a control file. Without O_CREATE, which os.WriteFile
// and a shell's > use: for a file that is not there the kernel then says so,
// instead of "permission denied".
func Write(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return Explain("write", file, err)
	}
	_, err = f.WriteString(value)
	return Explain("write", file, errors.Join(err, f.Close()))
}

// Add moves process pid into the group, with all its threads.
func (g *Group) Add(pid int) error {
	for _, d := range g.dirs {
		if err := Write(filepath.Join(d.path, names[d.hierarchy.Version].Procs), strconv.Itoa(pid)); err != nil {
			return err
		}
	}
	return nil
}

// Procs lists the processes in the group.
func (g *Group) Procs() ([]int, error) {
	var all []int
	for _, d := range g.dirs {
		pids, err := Procs(d.path)
		if err != nil {
			return nil, err
		}
		for _, pid := range pids {
			if !slices.Contains(all, pid) {
				all = append(all, pid)
			}
		}
	}
	return all, nil
}

// Procs lists the processes in the cgroup dir.
func Procs(dir string) ([]int, error) {
	file := filepath.Join(dir, "cgroup.procs")
	list, err := os.ReadFile(file)
	if err != nil {
		return nil, Explain("read", file, err)
	}
	var pids []int
	for field := range strings.FieldsSeq(string(list)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if pid > 0 { // 0 is a process that our PID namespace does not show
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Kill kills everything in the group and waits until it is empty, two seconds
// at most. A parent that reaps nothing may leave zombies, which hold the group.
func (g *Group) Kill() error {
	all := func(int) bool { return true }
	for _, d := range g.dirs {
		if err := KillIf(d.path, all); err != nil {
			return err
		}
	}
	return nil
}

// KillIf kills those processes in the cgroup dir for which ours is true, again
// and again until none is left: one may fork while another is being killed.
func KillIf(dir string, ours func(pid int) bool) error {
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		pids, err := Procs(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		killed := false
		for _, pid := range pids {
			process, err := os.FindProcess(pid) // a pidfd: from here on it is this process or none
			if err != nil {
				continue
			}
			if ours(pid) {
				killed = true
				process.Kill()
			}
			process.Release()
		}
		if !killed {
			return nil
		}
		time.Sleep(wait)
	}
	return lang.WithCure(lang.Errorf(lang.Text{EN: "kill everything in %s: some of it did not die in two seconds", ZH: "杀掉 %s 里的一切：有的进程两秒后还没死"}, dir), lang.Text{
		EN: "is it frozen? see freezer.state or cgroup.freeze of its group",
		ZH: "是不是被冻结了？请看它所在组的 freezer.state 或 cgroup.freeze",
	})
}

// Remove removes the group, which must be empty. It tries for two seconds:
// the kernel lets go of a process that has just been killed a little later.
func (g *Group) Remove() error {
	var errs []error
	for _, d := range slices.Backward(g.dirs) {
		errs = append(errs, Remove(d.path))
	}
	return errors.Join(errs...)
}

// Remove removes the cgroup dir, as (*Group).Remove does. It is rmdir and not
// os.RemoveAll, which walks in and fails on the control files.
func Remove(dir string) error {
	var err error
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		err = os.Remove(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		time.Sleep(wait)
	}
	return Explain("rmdir", dir, err)
}
