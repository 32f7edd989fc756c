package shell

import (
	"errors"
	"os"
	"path/filepath"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// FreeGroup reserves a name for a cgroup below parent: want or, where it is
// taken, want-2, want-3 … A group of that name that no run of ours has made is
// somebody's, empty or not. It returns the directory, which is not made yet.
func (sh *Shell) FreeGroup(parent, want string) string {
	name := sh.claim(want, func(name string) ledger.Entry {
		return ledger.Entry{Kind: ledger.Cgroup, Args: []string{filepath.Join(parent, name)}}
	}, func(name string) bool {
		_, err := os.Lstat(filepath.Join(parent, name))
		return errors.Is(err, os.ErrNotExist)
	})
	return filepath.Join(parent, name)
}

// NewGroup reserves a name for a group with the controller, as FreeGroup does,
// for code that makes the group itself.
func (sh *Shell) NewGroup(want, controller string) *cgroup.Group {
	hierarchy, err := cgroup.Find(controller)
	sh.Must(err)
	group, err := cgroup.New(filepath.Base(sh.FreeGroup(hierarchy.Top(), want)), controller)
	sh.Must(err)
	enablings, err := group.ToEnable()
	sh.Must(err)
	for _, e := range enablings {
		sh.record(ledger.Controller, e.Dir, e.Controller)
	}
	return group
}

// FreeHierarchy reserves a name for a named v1 hierarchy, as FreeGroup does.
func (sh *Shell) FreeHierarchy(want string) string {
	return sh.claim(want, func(name string) ledger.Entry {
		return ledger.Entry{Kind: ledger.Hierarchy, Args: []string{name}}
	}, func(name string) bool { return !ledger.HierarchyExists(name) })
}

func (sh *Shell) claim(want string, entry func(name string) ledger.Entry, free func(name string) bool) string {
	sh.GoOn()
	name, err := sh.ledger.Claim(want, entry, free)
	sh.Must(err)
	sh.made = append(sh.made, entry(name))
	if name != want {
		sh.Note(lang.Text{
			EN: "The name " + want + " is taken, so this run takes " + name + ".",
			ZH: "名字 " + want + " 已被占用，本次改用 " + name + "。",
		})
	}
	return name
}
