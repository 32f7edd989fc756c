package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mydocker.example/shared/lang"
)

// Runtime looks at any runtime, given as the command line to which the command is
// added. It reports whether the command line has a place for a root file system.
func Runtime(prefix []string) (o Observation, rooted bool, err error) {
	p, err := newPlace()
	if err != nil {
		return o, false, err
	}
	defer p.remove()
	probe, err := builtProbe()
	if err != nil {
		return o, false, err
	}
	w, err := NewWorkshop(filepath.Join(p.dir, "work"), probe, p.made)
	if err != nil {
		return o, false, err
	}
	program, err := exec.LookPath(prefix[0])
	if err != nil {
		return o, false, lang.WithCure(err, lang.Text{EN: "the command line after -- begins with a program", ZH: "-- 后面的命令行以一个程序开头"})
	}
	prefix = append([]string{program}, prefix[1:]...)
	var kept []*os.File
	var paths []string
	for i, word := range prefix {
		if before, found := strings.CutSuffix(word, RootWord); found && (before == "" || strings.HasSuffix(before, "=")) {
			prefix[i], rooted = before+RootFS, true
			continue
		}
		path, err := filepath.Abs(word)
		if err != nil || !strings.Contains(word, "/") {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			continue // a word that only looks like one
		}
		defer file.Close()
		kept, paths, prefix[i] = append(kept, file), append(paths, path), path
	}
	command := Probe
	if rooted {
		command = strings.TrimPrefix(Probe, RootFS)
	}
	run := func(t try, words ...string) (r Run) {
		if err == nil {
			m := Machine{Trusted: true, Inherit: t.inherit, Keep: paths, Command: slices.Concat(prefix, []string{command}, words)}
			r, err = w.runOn(m, "", kept, t)
		}
		return r
	}
	o.Words = run(try{}, words...)
	if err == nil && !o.Words.Reported {
		return o, rooted, lang.WithCure(fmt.Errorf("the runtime started no command: %s", firstLine(o.Words.Output)), lang.Text{
			EN: "it is tried on a machine whose files are read-only, but for /tmp and /run",
			ZH: "它是在这样一台机器上试的：除 /tmp 和 /run 外，文件都只读",
		})
	}
	o.Killed = run(try{then: func(probe, _ int) { syscall.Kill(probe, syscall.SIGKILL) }})
	o.Rooted = run(try{inherit: true}, "try-to-leave", Mark)
	o.Ended = run(try{then: func(_, program int) { syscall.Kill(program, syscall.SIGTERM) }})
	o.Orphaned = run(try{then: func(_, program int) { syscall.Kill(program, syscall.SIGKILL) }})
	return o, rooted, err
}
