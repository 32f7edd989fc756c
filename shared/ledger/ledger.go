// Package ledger writes down what a run is about to make, before it is made,
// so that all of it can be taken back on every way out: by the run itself, or,
// after a SIGKILL, by the next run or the sub-command clean.
//
// Each run has one file. The run holds a flock(2) on it, which the kernel
// drops when the run dies, so a file that can be locked belongs to nobody.
package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// Marker is the environment variable by which a run's processes are known as
// the run's: others in its groups, a learner's own shell say, are not killed
// but moved out.
const Marker = "MYDOCKER_WORKSHOP"

// A Kind says what an entry is and so how it is taken back.
type Kind string

const (
	Directory  Kind = "directory"  // PATH: removed if empty
	Tree       Kind = "tree"       // PATH: removed with what is in it, never across a mount
	Mount      Kind = "mount"      // PATH: unmounted, where it is mounted in this namespace
	Cgroup     Kind = "cgroup"     // PATH: our processes killed, others moved to the parent, removed
	Container  Kind = "container"  // PATH: a cgroup in which every process is ours
	Parent     Kind = "parent"     // PATH: a cgroup that holds those of several runs; removed with the last
	Hierarchy  Kind = "hierarchy"  // NAME: a named v1 hierarchy that outlives its mount while it has groups
	Controller Kind = "controller" // PATH NAME: enabled in a v2 group, to be disabled
	Queue      Kind = "queue"      // KEY: a System V message queue
)

// An Entry is one thing that a run makes.
type Entry struct {
	Kind Kind
	Args []string
}

func (e Entry) String() string { return string(e.Kind) + "\t" + strings.Join(e.Args, "\t") }

// A Ledger is the list of what one run makes.
type Ledger struct{ file *os.File }

// Dir is where the ledgers lie: on a tmpfs, so that a reboot, which takes back
// everything anyway, forgets them too. Who is root in a user namespace only has
// no right to /run.
func Dir() string {
	if os.Geteuid() == 0 && host.MayWrite("/run") {
		return "/run/mydocker-workshop"
	}
	if dir := host.RuntimeDir(); dir != "" {
		return filepath.Join(dir, "mydocker-workshop")
	}
	return filepath.Join(host.TempDir(), fmt.Sprintf("mydocker-workshop-%d", os.Geteuid()))
}

// Open begins an empty ledger for this run.
func Open() (*Ledger, error) {
	var l *Ledger
	err := alone(func() error {
		name := filepath.Join(Dir(), fmt.Sprintf("run-%d-%d", os.Getpid(), time.Now().UnixNano()))
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		l = &Ledger{file}
		return lock(file)
	})
	return l, err
}

// makeDir makes Dir. In a directory that all may write to, somebody else could
// have made it first.
func makeDir() error {
	dir := Dir()
	elsewhere := lang.Text{
		EN: "give TMPDIR a directory of your own: mkdir -p ~/tmp; export TMPDIR=~/tmp",
		ZH: "请让 TMPDIR 指向你自己的目录：mkdir -p ~/tmp; export TMPDIR=~/tmp",
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		if strings.HasPrefix(dir, "/run/") {
			return err
		}
		return lang.WithCure(err, elsewhere)
	}
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return makeDir() // it went meanwhile, with the last run
	}
	if err != nil {
		return err
	}
	switch {
	case !info.IsDir() && ownedByUs(info):
		return lang.WithCure(lang.Errorf(lang.Text{EN: "%s is no directory", ZH: "%s 不是目录"}, dir), lang.Same("rm "+dir))
	case !ownedByUs(info) && strings.HasPrefix(dir, "/run/"): // TMPDIR would change nothing
		return lang.WithCure(lang.Errorf(lang.Text{EN: "%s belongs to somebody else", ZH: "%s 是别人的"}, dir), lang.Same("mv "+dir+" "+dir+".old"))
	case !info.IsDir() || !ownedByUs(info):
		return lang.WithCure(lang.Errorf(lang.Text{EN: "%s belongs to somebody else", ZH: "%s 是别人的"}, dir), elsewhere)
	}
	return nil
}

// Check tries to write something down.
func Check() host.Check {
	c := host.Check{
		What:  lang.Text{EN: "the list of what is made", ZH: "记录造了什么的清单"},
		Found: lang.Text{EN: "in " + Dir(), ZH: "在 " + Dir() + " 里"},
	}
	l, err := Open()
	if err != nil {
		return c.Failed(err)
	}
	err = l.Record(Directory, filepath.Join(Dir(), "nothing"))
	if err = errors.Join(err, l.Undo(func(string) {})); err != nil {
		return c.Failed(err)
	}
	return c
}

// alone runs do while no other run opens, claims, undoes or sweeps. The lock goes
// with the last ledger, so whoever has waited for it looks whether it is still
// the one that others will ask for.
func alone(do func() error) error {
	for {
		if err := makeDir(); err != nil {
			return err
		}
		name := filepath.Join(Dir(), "lock")
		file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the directory went meanwhile
		}
		if err != nil {
			return err
		}
		defer file.Close()
		if err := lock(file); err != nil {
			return err
		}
		if !isStill(name, file) {
			continue
		}
		err = do()
		if left, _ := filepath.Glob(filepath.Join(Dir(), "run-*")); left == nil {
			os.Remove(name)
			os.Remove(Dir()) // unless somebody has begun again
		}
		return err
	}
}

// isStill reports whether the name is that of the open file.
func isStill(name string, file *os.File) bool {
	now, err := os.Lstat(name)
	if err != nil {
		return false
	}
	ours, err := file.Stat()
	return err == nil && os.SameFile(now, ours)
}

// Record adds an entry, before the thing is made.
func (l *Ledger) Record(kind Kind, args ...string) error {
	return l.record(Entry{kind, args})
}

func (l *Ledger) record(e Entry) error {
	for _, arg := range e.Args {
		if strings.ContainsAny(arg, "\t\n") {
			return lang.WithCure(lang.Errorf(lang.Text{EN: "%q can't be written down: there is a tab or a line break in it", ZH: "%q 没法记下来：里面有制表符或换行"}, arg),
				lang.Text{EN: "use a path without them; see TMPDIR", ZH: "请换一个不含它们的路径，看看 TMPDIR"})
		}
	}
	_, err := l.file.WriteString(e.String() + "\n")
	return err
}

// TempDir makes a directory for temporary files, with the mode 0700, whose name begins
// with prefix, and returns it. os.MkdirTemp would tell the name too late to be recorded
// before.
func (l *Ledger) TempDir(prefix string) (string, error) {
	dir := filepath.Join(host.TempDir(), fmt.Sprintf("%s%d-%08x", prefix, os.Getpid(), rand.Uint32()))
	if err := l.Record(Tree, dir); err != nil {
		return "", err
	}
	return dir, os.Mkdir(dir, 0o700)
}

// Group records a cgroup and the controllers that making it will enable.
func (l *Ledger) Group(kind Kind, g *cgroup.Group) error {
	toEnable, err := g.ToEnable()
	if err != nil {
		return err
	}
	for _, e := range toEnable {
		if err := l.Record(Controller, e.Dir, e.Controller); err != nil {
			return err
		}
	}
	for _, dir := range g.Dirs() {
		if err := l.Record(kind, dir); err != nil {
			return err
		}
	}
	return nil
}

// MakeContainer makes a container's group, which lies in one that is common to
// several runs. No other run makes or removes a group meanwhile, so the common
// one can't go while this one is being made in it. A name that is taken, by
// another run or by hand, is an error that wraps fs.ErrExist.
func (l *Ledger) MakeContainer(g *cgroup.Group) error {
	return alone(func() error {
		for _, dir := range g.Everywhere() { // the other container may have other limits
			info, err := os.Lstat(dir)
			if err == nil && !info.IsDir() {
				return lang.WithCure(lang.Errorf(lang.Text{EN: "%s is a control file of the kernel's", ZH: "%s 是内核的控制文件"}, dir),
					lang.Text{EN: "choose another name", ZH: "换一个名字"})
			}
			if err == nil {
				return cgroup.Explain("mkdir", dir, fs.ErrExist)
			}
		}
		for _, dir := range g.Dirs() {
			if err := l.Record(Parent, filepath.Dir(dir)); err != nil {
				return err
			}
		}
		if err := l.Group(Container, g); err != nil {
			return err
		}
		return g.Make()
	})
}

// Claim reserves a free name for something that other runs see too: want
// itself, else want-2, want-3 and so on. A name that a live run has claimed is
// taken. Otherwise free decides whether the entry may be made now. The entry is
// recorded.
func (l *Ledger) Claim(want string, entry func(name string) Entry, free func(name string) bool) (string, error) {
	var name string
	err := alone(func() error {
		taken, err := claimed(l.file.Name())
		if err != nil {
			return err
		}
		name = want
		for i := 2; taken[entry(name).String()] || !free(name); i++ {
			if i > 1000 {
				return lang.Errorf(lang.Text{EN: "no free name: %s to %s are all taken", ZH: "没有空闲的名字：%s 到 %s 都被占用"}, want, name)
			}
			name = want + "-" + strconv.Itoa(i)
		}
		return l.record(entry(name))
	})
	return name, err
}

// claimed returns the entries of all runs that are alive, except the one with
// this ledger.
func claimed(except string) (map[string]bool, error) {
	taken := map[string]bool{}
	err := each(func(file *os.File, alive bool) error {
		if !alive || file.Name() == except {
			return nil
		}
		entries, err := read(file)
		for _, e := range entries {
			taken[e.String()] = true
		}
		return err
	})
	return taken, err
}

// each calls do with every ledger that there is. A file that nobody holds the
// lock of stays locked by us while do runs.
func each(do func(file *os.File, alive bool) error) error {
	paths, err := filepath.Glob(filepath.Join(Dir(), "run-*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range paths {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		alive := tryLock(file) != nil
		errs = append(errs, do(file, alive))
		file.Close()
	}
	return errors.Join(errs...)
}

// read parses a ledger. A last line without its newline was being written when
// the run died, so its thing was not made yet.
func read(file *os.File) ([]Entry, error) {
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for line := range strings.Lines(string(text)) {
		line, whole := strings.CutSuffix(line, "\n")
		fields := strings.Split(line, "\t")
		if whole && len(fields) > 1 {
			entries = append(entries, Entry{Kind(fields[0]), fields[1:]})
		}
	}
	return entries, nil
}

// Undo takes back everything in the ledger that still exists, the last first,
// and ends the ledger. Each act is reported as the shell command that does the
// same. It goes on after an error, and keeps the ledger then, for Sweep.
func (l *Ledger) Undo(report func(command string)) error {
	defer l.file.Close()
	return alone(func() error {
		if _, err := undo(l.file, 0, nil, report); err != nil {
			return err
		}
		return os.Remove(l.file.Name())
	})
}

// TakeBack does what Undo does with the entries from a number on, and keeps the
// ledger, and with it the names that the run has claimed: until it ends, nobody else
// uses them. It returns the entries that it left, to other runs that need them say.
func (l *Ledger) TakeBack(since int, report func(command string)) (left []Entry, err error) {
	err = alone(func() error {
		left, err = undo(l.file, since, nil, report)
		return err
	})
	return left, err
}

// Entries returns how many there are.
func (l *Ledger) Entries() (int, error) {
	entries, err := read(l.file)
	return len(entries), err
}

// Sweep undoes the ledgers of all runs that are dead.
func Sweep(report func(command string)) error {
	return alone(func() error {
		return each(func(file *os.File, alive bool) error {
			if alive {
				return nil
			}
			taken, err := claimed(file.Name())
			if err != nil {
				return err
			}
			left, err := undo(file, 0, taken, report)
			if err != nil {
				return lang.WithCure(fmt.Errorf("what a killed run has left: %w", err), lang.Text{
					EN: "take that away by hand, then remove " + file.Name(),
					ZH: "请手工清掉它，再删除 " + file.Name(),
				})
			}
			if slices.ContainsFunc(left, func(e Entry) bool { return e.Kind != Controller }) {
				return nil // what is out of sight here, another sweep may see
			}
			return os.Remove(file.Name())
		})
	})
}

// Abandoned reports whether a run has gone and left its ledger. It asks only
// whether there is a process with the PID in the ledger's name, for a program
// that starts in milliseconds, hundreds at once: where another process has got
// the PID, or nobody has reaped it yet, it is mistaken, and Sweep is not.
func Abandoned() bool { return abandoned(Dir()) }

func abandoned(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name, isLedger := strings.CutPrefix(e.Name(), "run-")
		digits, _, _ := strings.Cut(name, "-")
		pid, err := strconv.Atoi(digits)
		return isLedger && err == nil && !processExists(pid)
	})
}
