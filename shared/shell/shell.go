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
	home   string // the directory in which it began
	dir    string
	made   []ledger.Entry
	claims map[string]string
	proven []string

	questions map[string]Question
	answered  []string

	toldSelf bool // that this program's file will not stay
}

// New returns a shell that shows its work on screen and writes what it makes
// into the ledger first.
func New(ctx context.Context, screen Screen, l *ledger.Ledger, before host.State) *Shell {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	nobody := func(lang.Text) bool { return false }
	return &Shell{Screen: screen, Before: before, Agreed: nobody, ctx: ctx, ledger: l, home: dir, dir: dir}
}

// GoHome goes back to the directory in which the shell began.
func (sh *Shell) GoHome() { sh.dir = sh.home }

// Context ends when the learner wants to leave.
func (sh *Shell) Context() context.Context { return sh.ctx }

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
	sh.Command("cd " + Quote(dir))
	_, err := os.Stat(sh.path(dir))
	sh.Must(err)
	sh.dir = sh.path(dir)
}

// CdTemp makes a new directory below /tmp, goes there and returns it.
func (sh *Shell) CdTemp() string {
	sh.Command("cd $(mktemp -d)")
	dir := filepath.Join(host.TempDir(), fmt.Sprintf("mydocker-%08d", rand.IntN(100_000_000)))
	sh.record(ledger.Directory, dir) // os.MkdirTemp would tell the name too late for that
	sh.Must(os.Mkdir(dir, 0o700))
	sh.Answer(dir)
	sh.dir = dir
	return dir
}

// Mkdir makes a directory: below a cgroup file system, a cgroup.
func (sh *Shell) Mkdir(dir string) {
	sh.Command("mkdir " + Quote(dir))
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
	sh.GoOn()
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

// Mark returns where the list of what this lesson has made ends now. Where that can't
// be read, it is the beginning.
func (sh *Shell) Mark() int {
	n, _ := sh.ledger.Entries()
	return n
}

// TakeBack takes back everything that this lesson has made and that is still
// there, showing how. What another run needs by now is left to that one.
func (sh *Shell) TakeBack() { sh.TakeBackSince(0) }

// TakeBackSince takes back what this lesson has made since a mark.
func (sh *Shell) TakeBackSince(mark int) {
	var did []string // shown when others may have the ledgers again: a screen may wait
	left, err := sh.ledger.TakeBack(mark, func(command string) { did = append(did, command) })
	for _, command := range did {
		sh.Did(command)
	}
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
	sh.Command("rmdir " + Quote(dir))
	sh.Must(cgroup.Remove(sh.path(dir)))
}

// Write writes a value to a file that is there, as echo does.
func (sh *Shell) Write(file string, value any) {
	text := fmt.Sprint(value)
	sh.Command("echo " + text + " > " + Quote(file) + sh.Article(file))
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
	sh.Command("cat " + Quote(file) + sh.Article(file))
	text, err := os.ReadFile(sh.path(file))
	sh.Must(err)
	answer := strings.TrimSuffix(string(text), "\n")
	sh.Answer(answer)
	return answer
}

// Grep shows and returns the lines of a file in which a word stands.
func (sh *Shell) Grep(word, file string) []string {
	sh.Command("grep " + Quote(word) + " " + Quote(file))
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
	sh.Command("ls " + Quote(dir))
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
	sh.Command("readlink " + Quote(link))
	target, err := os.Readlink(sh.path(link))
	sh.Must(err)
	sh.Answer(target)
	return target
}

// Run runs a command to its end, shows and returns what it printed.
func (sh *Shell) Run(name string, args ...string) string {
	sh.Command(Line(name, args...))
	sh.GoOn()
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

// Printf prints a line of a program's own, as its output looks.
func (sh *Shell) Printf(format string, args ...any) { sh.Answer(fmt.Sprintf(format, args...)) }

// Output returns a writer for a program whose output is the answer. It shows
// whole lines: some programs write a line in pieces. Two programs, or a program
// and its parent, may write to it at once.
func (sh *Shell) Output() io.Writer {
	screen := sh.Screen
	if sh.Pace != nil {
		screen.Out = sh.Pace.AtWork(8)
	}
	return &answers{screen: screen}
}

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
