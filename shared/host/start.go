package host

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// Start returns the line with which this user, where they are, starts a chapter:
// as this program was started, by go run or as a built file. asRoot is for one
// that takes root, for which root itself needs no sudo.
func Start(chapter string, asRoot bool, args ...string) string {
	words := ""
	for _, arg := range args {
		words += " " + quote(arg)
	}
	how := ""
	if asRoot {
		how = becomeRoot()
	}
	if program, isBuilt := built(chapter); isBuilt {
		return by(how, quote(program)+words)
	}
	words = Folder(chapter) + words
	switch how {
	case "":
		return "go run " + words
	case "su":
		return by(how, goCommand()+" run "+words)
	}
	return "go run -exec " + how + " " + words
}

// AsRoot returns a command line as this user types it where it takes root.
func AsRoot(command string) string { return by(becomeRoot(), command) }

// by returns the line by which another program, of becomeRoot's, starts a command line.
func by(how, command string) string {
	switch how {
	case "":
		return command
	case "su":
		return "su -c " + quote(command)
	default:
		return how + " " + command
	}
}

// becomeRoot returns the program with which this user starts another as root:
// none for root, but for who came by sudo and will be somebody else again.
func becomeRoot() string {
	root := os.Geteuid() == 0
	switch {
	case root && os.Getenv("SUDO_UID") != "":
		return "sudo"
	case root && os.Getenv("DOAS_USER") != "":
		return "doas"
	case root:
		return ""
	}
	for _, program := range []string{"sudo", "doas"} {
		if _, err := exec.LookPath(program); err == nil {
			return program
		}
	}
	return "su"
}

// goCommand is go with its path, which root's PATH may lack.
func goCommand() string {
	if path, err := exec.LookPath("go"); err == nil {
		return quote(path)
	}
	return "go"
}

// ours is the chapter that this program is, whatever its file is called.
var ours string

// Runs says which chapter this program is.
func Runs(chapter string) {
	ours = chapter
	useOwnFiles()
}

// UnderGoRun reports whether go run has started this program: its file then lies
// in a directory that goes when the program ends or, the second time, in go's cache
// (HASH-d, since Go 1.24).
func UnderGoRun() bool {
	path, err := os.Executable()
	dir := filepath.Base(filepath.Dir(path))
	return err == nil && (strings.Contains(path, "/go-build") && dir == "exe" || len(dir) == 66 && strings.HasSuffix(dir, "-d"))
}

// built returns the file of a chapter as one types it, where this program is one
// that go build has made: its own name, or that of a neighbour.
func built(chapter string) (name string, is bool) {
	self := os.Args[0]
	file, err := os.Executable()
	if err != nil || UnderGoRun() {
		return "", false
	}
	if chapter == ours {
		return self, true
	}
	short, _, _ := strings.Cut(chapter, "-") // day2: what who hands out files calls it
	for _, name := range []string{chapter, short} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), name)); err == nil {
			dir, _ := filepath.Split(self)
			return dir + name, true
		}
	}
	return "", false
}

// Here returns a line of a chapter's text that starts a program by go run, as it is
// typed where this program is a built file and that one is too; of one that stays go
// run, sudo is what this user has. Any other line stays as it is.
func Here(line string) string {
	words, isGoRun := strings.CutPrefix(line, "go run ")
	words, asRoot := strings.CutPrefix(words, "-exec sudo ")
	words, isPath := strings.CutPrefix(words, "./")
	folder, args, _ := strings.Cut(words, " ")
	program := path.Base(folder)
	if _, isBuilt := built(program); !isGoRun || !isPath || !isBuilt {
		if how := becomeRoot(); isGoRun && asRoot && how != "su" {
			if how != "" {
				how = "-exec " + how + " "
			}
			return strings.Replace(line, "-exec sudo ", how, 1)
		}
		return line
	}
	return Start(program, asRoot, strings.Fields(args)...)
}

// Folder returns a chapter's folder as go takes it, seen from where the learner
// is: in the checkout, in this chapter's folder, or in another's.
func Folder(chapter string) string {
	here, _ := os.Getwd()
	switch {
	case exists(chapter + "/go.mod"):
	case filepath.Base(here) == chapter && exists("go.mod"):
		return "."
	case exists("../" + chapter + "/go.mod"):
		return "../" + chapter
	}
	return "./" + chapter
}

// Build returns the line that builds this program, where everybody has a
// directory, and starts it.
func Build() string {
	file := quote(filepath.Join(TempDir(), "my-"+ours))
	start := file
	if how := becomeRoot(); os.Geteuid() == 0 && how != "" {
		start = how + " " + file
	}
	return "go build -o " + file + " " + Folder(ours) + " && " + start
}

// quote quotes a word for a shell, where it needs to be.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"\\$&|;<>()*?[]#~`!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
