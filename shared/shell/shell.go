// Package shell has the commands of a lesson. Each prints itself as one would
// type it, does just that, and shows the answer, so that what a learner reads
// and what was done can't drift apart.
//
// As under a shell's "set -e", the first command that fails ends the step: a
// lesson's code stays free of error handling and reads like the commands that
// it prints. See (*Shell).Step.
package shell

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// A Shell runs commands for one lesson.
type Shell struct {
	Screen
	Before host.State           // the machine when the lesson began
	Agreed func(lang.Text) bool // asks the learner; no where nobody is there

	ctx    context.Context
	ledger *ledger.Ledger
	dir    string
	made   []ledger.Entry
	claims map[string]string
	proven []string
}

// New returns a shell that shows its work on screen and writes what it makes
// into the ledger first. Once ctx is done, the next command ends the step.
func New(ctx context.Context, screen Screen, l *ledger.Ledger, before host.State) *Shell {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	nobody := func(lang.Text) bool { return false }
	return &Shell{Screen: screen, Before: before, Agreed: nobody, ctx: ctx, ledger: l, dir: dir}
}

// Context ends when the learner wants to leave.
func (sh *Shell) Context() context.Context { return sh.ctx }

// stop is what a step is ended with.
type stop struct{ err error }

// Step runs one step. claims are the sentences of the chapter that the step
// has to prove, by ID. The error is that of the command that failed, a claim
// that does not hold or was left out, a *Skipped, or that of the context.
func (sh *Shell) Step(do func(*Shell), claims map[string]string) (err error) {
	sh.claims, sh.proven = claims, nil
	defer func() {
		if problem := recover(); problem != nil {
			ended, ours := problem.(stop)
			if !ours {
				panic(problem)
			}
			err = ended.err
		}
	}()
	do(sh)
	for id := range claims {
		if !slices.Contains(sh.proven, id) {
			return fmt.Errorf("the chapter says %q, but the step did not prove it", id)
		}
	}
	return nil
}

// Must ends the step where err is not nil or the learner wants to leave.
func (sh *Shell) Must(err error) {
	if leaving := context.Cause(sh.ctx); leaving != nil {
		err = leaving
	}
	if err != nil {
		panic(stop{err})
	}
}

// Skipped says why a step can't be done on this machine.
type Skipped struct{ Reason lang.Text }

func (s *Skipped) Error() string { return "skipped: " + s.Reason.EN }

// Skip ends the step: this machine can't do it, and that is no failure.
func (sh *Shell) Skip(reason lang.Text) { panic(stop{&Skipped{reason}}) }

// Prove shows a claim of the chapter together with the value that was read. A
// claim that does not hold ends the step.
func (sh *Shell) Prove(id string, holds bool, format string, read ...any) {
	sh.ProveText(id, holds, lang.Same(format), read...)
}

// ProveText is Prove where words of ours go with what was read.
func (sh *Shell) ProveText(id string, holds bool, format lang.Text, read ...any) {
	sh.Must(nil)
	claim, known := sh.claims[id]
	if !known {
		sh.Must(fmt.Errorf("the step proves %q, but the chapter does not say it", id))
	}
	evidence := fmt.Sprintf(format.In(sh.Lang), read...)
	sh.Verdict(holds, claim, evidence)
	if !holds {
		sh.Must(lang.Errorf(lang.Text{EN: "the kernel says otherwise: %s", ZH: "内核说的不是这样：%s"}, evidence))
	}
	sh.proven = append(sh.proven, id)
}

// ProveUnchanged proves that the machine's cgroups and mounts are those of the
// lesson's beginning. A machine is not alone: what others changed meanwhile is
// shown, but is no failure. What came and bears the name of something that we
// made is; what went was somebody else's, for we take free names only.
func (sh *Shell) ProveUnchanged(id string) {
	after, err := host.Snapshot()
	sh.Must(err)
	changes := sh.Before.Changes(after)
	ours := slices.ContainsFunc(changes, func(change string) bool {
		return strings.HasPrefix(change, "+ ") && slices.ContainsFunc(sh.made, func(e ledger.Entry) bool {
			return strings.HasSuffix(change, " "+e.Args[0]) || strings.Contains(change, " "+e.Args[0]+" ")
		})
	})
	evidence := lang.Text{EN: "%d cgroups, %d mounts", ZH: "%d 个控制组，%d 个挂载"}
	heading := lang.Text{EN: "; not ours:\n", ZH: "；不是我们改的：\n"}
	if ours {
		heading = lang.Text{EN: "; changed:\n", ZH: "；有变化：\n"}
	}
	const shown = 5
	if len(changes) > shown {
		changes = append(changes[:shown], fmt.Sprintf(lang.Text{EN: "and %d more", ZH: "还有 %d 项"}.In(sh.Lang), len(changes)-shown))
	}
	list := ""
	if len(changes) > 0 {
		list = heading.In(sh.Lang) + strings.Join(changes, "\n")
	}
	sh.Prove(id, !ours, evidence.In(sh.Lang)+"%s", len(after.Cgroups), len(after.Mounts), list)
}

// path returns a name as seen from the shell's directory. It is the shell's
// own: os.Chdir would move the whole program.
func (sh *Shell) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(sh.dir, name)
}

// Dir returns the directory in which the shell is.
func (sh *Shell) Dir() string { return sh.dir }

// Cd goes to a directory, as cd does.
func (sh *Shell) Cd(dir string) {
	sh.Command("cd " + dir)
	_, err := os.Stat(sh.path(dir))
	sh.Must(err)
	sh.dir = sh.path(dir)
}

// CdTemp makes a new directory below /tmp, goes there and returns it.
func (sh *Shell) CdTemp() string {
	sh.Command("cd $(mktemp -d)")
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("mydocker-%08d", rand.IntN(100_000_000)))
	sh.record(ledger.Directory, dir) // os.MkdirTemp would tell the name too late for that
	sh.Must(os.Mkdir(dir, 0o700))
	sh.Answer(dir)
	sh.dir = dir
	return dir
}

// Mkdir makes a directory: below a cgroup file system, a cgroup.
func (sh *Shell) Mkdir(dir string) {
	sh.Command("mkdir " + dir)
	kind := ledger.Directory
	if isCgroup(filepath.Dir(sh.path(dir))) {
		kind = ledger.Cgroup
	}
	sh.record(kind, sh.path(dir))
	err := os.Mkdir(sh.path(dir), 0o755)
	if kind == ledger.Cgroup {
		err = cgroup.Explain("mkdir", sh.path(dir), err)
	}
	sh.Must(err)
}

// Tree records a directory that another program is going to make and fill.
func (sh *Shell) Tree(dir string) { sh.record(ledger.Tree, sh.path(dir)) }

func isCgroup(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cgroup.procs"))
	return err == nil
}

func (sh *Shell) record(kind ledger.Kind, args ...string) {
	sh.Must(nil)
	entry := ledger.Entry{Kind: kind, Args: args}
	if slices.ContainsFunc(sh.made, func(e ledger.Entry) bool { return e.String() == entry.String() }) {
		return
	}
	sh.Must(sh.ledger.Record(kind, args...))
	sh.made = append(sh.made, entry)
}

// Left lists what this lesson has made and that still exists.
func (sh *Shell) Left() []string {
	var left []string
	for _, e := range sh.made {
		if e.Exists() {
			left = append(left, e.String())
		}
	}
	return left
}

// TakeBack takes back everything that this lesson has made and that is still
// there, showing how. What another run needs by now is left to that one.
func (sh *Shell) TakeBack() {
	left, err := sh.ledger.TakeBack(sh.Command)
	sh.Must(err)
	for _, e := range left {
		sh.made = slices.DeleteFunc(sh.made, func(made ledger.Entry) bool { return made.String() == e.String() })
	}
}

// Made returns how many things this lesson has made.
func (sh *Shell) Made() int { return len(sh.made) }

// Exists reports whether there is a file of this name.
func (sh *Shell) Exists(file string) bool {
	_, err := os.Stat(sh.path(file))
	return err == nil
}

// Rmdir removes an empty directory or a cgroup without processes.
func (sh *Shell) Rmdir(dir string) {
	sh.Command("rmdir " + dir)
	sh.Must(cgroup.Remove(sh.path(dir)))
}

// Write writes a value to a file that is there, as echo does.
func (sh *Shell) Write(file string, value any) {
	text := fmt.Sprint(value)
	sh.Command("echo " + text + " > " + file + sh.Article(file))
	if filepath.Base(file) == cgroup.V2.Names().Enable && strings.HasPrefix(text, "+") {
		sh.record(ledger.Controller, filepath.Dir(sh.path(file)), text[1:])
	}
	sh.Must(cgroup.Write(sh.path(file), text))
}

// Article is a shell comment with the v1 name of a file that v2 names
// otherwise: the article, and most of what the web says, has the v1 names.
func (sh *Shell) Article(file string) string {
	if name := cgroup.V1Name(filepath.Base(file)); name != "" {
		return "   # v1: " + name
	}
	return ""
}

// Cat shows a file and returns it without the newline at its end.
func (sh *Shell) Cat(file string) string {
	sh.Command("cat " + file + sh.Article(file))
	text, err := os.ReadFile(sh.path(file))
	sh.Must(err)
	answer := strings.TrimSuffix(string(text), "\n")
	sh.Answer(answer)
	return answer
}

// Grep shows and returns the lines of a file in which a word stands.
func (sh *Shell) Grep(word, file string) []string {
	sh.Command("grep " + Quote(word) + " " + file)
	f, err := os.Open(sh.path(file))
	sh.Must(err)
	defer f.Close()
	var found []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.Contains(lines.Text(), word) {
			found = append(found, lines.Text())
		}
	}
	sh.Must(lines.Err())
	sh.Answer(strings.Join(found, "\n"))
	return found
}

// Ls shows and returns the names in a directory.
func (sh *Shell) Ls(dir string) []string {
	sh.Command("ls " + dir)
	entries, err := os.ReadDir(sh.path(dir))
	sh.Must(err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sh.Answer(Wrap(strings.Join(names, "  "), sh.Width, ""))
	return names
}

// Readlink shows and returns where a symbolic link points: for
// /proc/self/ns/uts that is the namespace's type and inode.
func (sh *Shell) Readlink(link string) string {
	sh.Command("readlink " + link)
	target, err := os.Readlink(sh.path(link))
	sh.Must(err)
	sh.Answer(target)
	return target
}

// Run runs a command to its end, shows and returns what it printed.
func (sh *Shell) Run(name string, args ...string) string {
	sh.Command(Line(name, args...))
	sh.Must(nil)
	cmd := exec.CommandContext(sh.ctx, name, args...)
	cmd.Dir = sh.dir
	dieWithUs(cmd)
	output, err := cmd.CombinedOutput()
	answer := strings.TrimSuffix(string(output), "\n")
	sh.Answer(answer)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	sh.Must(err)
	return answer
}

// Line returns a command as one would type it.
func Line(name string, args ...string) string {
	words := []string{Quote(name)}
	for _, arg := range args {
		words = append(words, Quote(arg))
	}
	return strings.Join(words, " ")
}

// Quote quotes a word for a POSIX shell where it needs to be.
func Quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

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
	sh.Must(nil)
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

// Printf prints a line of a program's own, as its output looks.
func (sh *Shell) Printf(format string, args ...any) { sh.Answer(fmt.Sprintf(format, args...)) }

// Output returns a writer for a program whose output is the answer. It shows
// whole lines: some programs write a line in pieces. Two programs, or a program
// and its parent, may write to it at once.
func (sh *Shell) Output() io.Writer { return &answers{screen: sh.Screen} }

type answers struct {
	screen Screen
	mu     sync.Mutex
	line   []byte // begun, and not yet at its end
}

func (a *answers) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.line = append(a.line, p...)
	if end := bytes.LastIndexByte(a.line, '\n'); end >= 0 {
		a.screen.Answer(string(a.line[:end]))
		a.line = slices.Clone(a.line[end+1:])
	}
	return len(p), nil
}
