package host

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mydocker.example/shared/cgroup"
)

// A State is what a lesson must leave as it found it.
type State struct {
	Cgroups []string // every directory of every mounted hierarchy
	Mounts  []string // the lines of the host's mount table
}

// Snapshot reads the state that the machine is in.
func Snapshot() (State, error) {
	var s State
	hierarchies, err := cgroup.Mounted()
	if err != nil {
		return s, err
	}
	for _, h := range hierarchies {
		s.Cgroups = append(s.Cgroups, tree(h.Mount)...)
	}
	slices.Sort(s.Cgroups)
	s.Mounts, err = mountTable()
	return s, err
}

// tree lists the directories below dir. Groups come and go meanwhile, so one
// that can't be read is one that is gone.
func tree(dir string) []string {
	var dirs []string
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

// mountTable returns the mount table of the machine and not that of the
// lesson, which may have a mount namespace of its own: it is read on a thread
// that is not the lesson's.
func mountTable() ([]string, error) {
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result)
	go func() {
		text, err := os.ReadFile("/proc/thread-self/mountinfo")
		read <- result{text, err}
	}()
	r := <-read
	return strings.Split(strings.TrimSpace(string(r.text)), "\n"), r.err
}

// Changes lists what is different in after, a line each: "+" what came, "-"
// what went.
func (before State) Changes(after State) []string {
	return slices.Concat(
		changes("cgroup", before.Cgroups, after.Cgroups),
		changes("mount", before.Mounts, after.Mounts),
	)
}

func changes(what string, before, after []string) []string {
	var list []string
	for _, line := range after {
		if !slices.Contains(before, line) {
			list = append(list, fmt.Sprintf("+ %s %s", what, line))
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			list = append(list, fmt.Sprintf("- %s %s", what, line))
		}
	}
	return list
}
