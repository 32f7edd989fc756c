//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/shell"
)

// concepts shows cgroup, controller and hierarchy on this machine.
func (d *day2) concepts(sh *shell.Shell) {
	sh.Cat("/proc/cgroups")
	sh.Cat("/proc/self/cgroup")
	sh.Grep("cgroup", "/proc/mounts")

	all, err := cgroup.Mounted()
	sh.Must(err)
	sh.Prove("version", cgroup.Mode(all) != "none", "cgroup %s", cgroup.Mode(all))

	memory, err := cgroup.Find("memory")
	sh.Must(err)
	own, err := memory.Own()
	sh.Must(err)
	members, err := cgroup.Procs(own)
	sh.Must(err)
	sh.Prove("everyone-is-in-one", slices.Contains(members, os.Getpid()), "PID %d: %s/cgroup.procs", os.Getpid(), own)
}

// mountHierarchy is the article's 2.1 to 2.3: a hierarchy without a controller.
func (d *day2) mountHierarchy(sh *shell.Shell) {
	if filesystems, err := os.ReadFile("/proc/filesystems"); err == nil && !strings.Contains(string(filesystems), "\tcgroup\n") {
		sh.Skip(noV1)
	}
	if !host.IsRoot() {
		sh.Skip(rootMounts)
	}
	name := sh.FreeHierarchy("cgroup-demo")

	sh.Unshare()
	d.temporary = sh.CdTemp()
	sh.Mkdir("cgroup-demo")
	sh.MountCgroup(name, "cgroup-demo")
	files := sh.Ls("cgroup-demo")

	d.hierarchy = name
	sh.Hint(secondTerminal,
		fmt.Sprintf("nsenter --mount=/proc/%d/ns/mnt ls %s", os.Getpid(), shell.Quote(d.temporary+"/cgroup-demo")))
	sh.Prove("files-appear", slices.Contains(files, "tasks") && slices.Contains(files, "cgroup.procs"), "ls cgroup-demo: %d", len(files))
	guess := sh.Ask("who-is-in")
	sh.Run("wc", "-l", "cgroup-demo/cgroup.procs")
	inRoot, elsewhere := countInRoot(name)
	choice := 3
	switch {
	case inRoot == 0:
		choice = 1
	case elsewhere > 0:
		choice = 2
	}
	guess.IsChoice(choice, "%d/%d", inRoot, inRoot+elsewhere)
	sh.Prove("everyone-is-in-the-root", inRoot > 0 && elsewhere == 0,
		"/proc/PID/cgroup, name=%s:/: %d/%d", name, inRoot, inRoot+elsewhere)
}

// countInRoot counts the processes that are in the root of a named hierarchy,
// and the others. It asks each process, because some come and go meanwhile:
// the length of cgroup.procs is soon out of date.
func countInRoot(hierarchy string) (inRoot, elsewhere int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, file := range files {
		groups, err := os.ReadFile(file)
		switch {
		case err != nil: // it has ended
		case strings.Contains(string(groups), ":name="+hierarchy+":/\n"):
			inRoot++
		default:
			elsewhere++
		}
	}
	return inRoot, elsewhere
}

// childCgroup makes a group in the group.
func (d *day2) childCgroup(sh *shell.Shell) {
	d.skipWithoutHierarchy(sh)

	sh.Mkdir("cgroup-demo/cgroup1")
	files := sh.Ls("cgroup-demo/cgroup1")
	sh.Prove("child-files-appear", slices.Contains(files, "tasks"), "%s", strings.Join(files, " "))

	sleeper := sh.Start("sleep", "86400") // somebody may read for long
	sh.Write("cgroup-demo/cgroup1/tasks", sleeper.PID)
	where := sh.Grep("name="+d.hierarchy+":", sleeper.Proc("cgroup"))
	sh.Prove("child-has-it", len(where) == 1 && strings.HasSuffix(where[0], ":/cgroup1"), "%s", strings.Join(where, " "))
	sh.Kill(syscall.SIGKILL, sleeper)
	sh.Wait(sleeper)
}

// controllers shows why the demo hierarchy can limit nothing.
func (d *day2) controllers(sh *shell.Shell) {
	sh.Ls("/sys/fs/cgroup")
	memory, err := cgroup.Find("memory")
	sh.Must(err)
	n := memory.Version.Names()
	entries, err := os.ReadDir(memory.Mount)
	sh.Must(err)
	sh.Prove("memory-is-here", len(entries) > 0, "cgroup %s: %s", memory.Version, memory.Mount)

	d.skipWithoutHierarchy(sh)
	guess := sh.Ask("limit-file")
	files := sh.Ls("cgroup-demo/cgroup1")
	choice := 2
	if slices.Contains(files, n.MemoryLimit) {
		choice = 1
	}
	guess.IsChoice(choice, "%d: %s", len(files), strings.Join(files, " "))
	sh.Prove("demo-has-none", !slices.Contains(files, n.MemoryLimit), "%s ∉ cgroup-demo/cgroup1", n.MemoryLimit)
}

func (d *day2) skipWithoutHierarchy(sh *shell.Shell) {
	if d.hierarchy == "" {
		sh.Skip(noDemo)
	}
}

// undo takes back what the first steps made; the others did it themselves.
func (d *day2) undo(sh *shell.Shell) {
	if d.hierarchy != "" {
		for _, group := range d.groups() {
			sh.Rmdir(group)
		}
		sh.UmountCgroup(d.hierarchy, "cgroup-demo")
		sh.Rmdir("cgroup-demo")
		sh.Cd("/")
		sh.Rmdir(d.temporary)
	}
	sh.TakeBack() // on v2, the memory controller for the root's children, if nobody had enabled it

	left := sh.Left()
	sh.Prove("nothing-left", len(left) == 0, "%d → %d %s", sh.Made(), len(left), strings.Join(left, " "))

	sh.ProveUnchanged("machine-as-before")
}

// groups are those in the demo hierarchy, the learner's own too, each before the one
// that it is in.
func (d *day2) groups() (list []string) {
	filepath.WalkDir(filepath.Join(d.temporary, "cgroup-demo"), func(path string, entry fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(d.temporary, path); err == nil && entry.IsDir() && name != "cgroup-demo" {
			list = append(list, name)
		}
		return nil
	})
	slices.Reverse(list)
	return list
}
