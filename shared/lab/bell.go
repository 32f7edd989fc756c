package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// A bell is how the learner asks from within the shell of a lab: two commands, which
// leave word in a file and wait until it is gone. So it is the workshop that looks,
// from outside, also where the shell is in namespaces of its own.
type bell struct {
	lab   string
	dir   string // "" where no program can be started from temporary files
	made  *ledger.Ledger
	takes lang.Text // what check takes
}

func newBell(l Lab) (*bell, error) {
	b := &bell{lab: l.ID}
	if l.Words != nil {
		b.takes = lang.Text{EN: " WORD", ZH: " 词"}
	}
	if host.TemporaryPrograms().Status == host.No {
		return b, nil
	}
	var err error
	if b.made, err = ledger.Open(); err != nil {
		return nil, err
	}
	if b.dir, err = b.made.TempDir("lab-"); err != nil {
		return nil, err
	}
	for _, name := range []string{"check", "hint"} {
		// Ten seconds, if nobody answers any more.
		script := "#!/bin/sh\nword='" + strings.ReplaceAll(b.word(), "'", `'\''`) + "'\necho " + name + ` "$@" >"$word.new" && mv "$word.new" "$word"
i=0
while [ -e "$word" ] && [ $i -lt 200 ]; do
	sleep 0.05
	i=$((i + 1))
done
`
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(script), 0o755); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bell) word() string { return filepath.Join(b.dir, "word") }

func (b *bell) remove() {
	if b.made != nil {
		b.made.Undo(func(string) {})
	}
}

// marker is the environment variable by which what is started from a lab's shell is
// known as the lab's; it holds the session in which that was.
const marker = "MYDOCKER_LAB"

// environ is the environment of the lab's shell.
func (b *bell) environ(shell string) []string {
	env := append(os.Environ(), marker+"="+session())
	env = append(env, prompt(shell, b.lab)...)
	if b.dir == "" {
		return env
	}
	return append(env, "PATH="+b.dir+":"+os.Getenv("PATH"))
}

func session() string {
	if state := host.Stat(os.Getpid()); len(state) > 3 {
		return state[3]
	}
	return ""
}

// prompt lets a shell say at its prompt in which lab it is, as far as that takes no file
// of its own: one that sets PS1 anew each time says what it says.
func prompt(shell, lab string) []string {
	lab = "(lab " + lab + ") "
	sign := "$ "
	if os.Geteuid() == 0 {
		sign = "# "
	}
	switch strings.TrimPrefix(filepath.Base(shell), "-") {
	case "bash": // after its start files, and once
		command := `PS1="$` + marker + `_PROMPT$PS1" ` + marker + "_PROMPT="
		if theirs := os.Getenv("PROMPT_COMMAND"); theirs != "" {
			command += "; " + theirs // which may end in a semicolon
		}
		return []string{marker + "_PROMPT=" + lab, "PROMPT_COMMAND=" + command}
	case "sh", "dash", "ash":
		return []string{"PS1=" + lab + sign}
	case "zsh":
		return []string{"PS1=" + lab + "%~ %# "}
	}
	return nil
}

func (b *bell) words() lang.Text {
	if b.dir == "" {
		return lang.Text{
			EN: "Your shell, with nothing changed. A verdict appears when it has changed; exit ends the lab.",
			ZH: "这是你自己的 shell，什么都没改。判断有变化时会显示出来；exit 结束练习。",
		}
	}
	return lang.Text{
		EN: "Your shell, with two commands more: check" + b.takes.EN + " and hint. A verdict that has changed appears by itself; exit ends the lab.",
		ZH: "这是你自己的 shell，多了两个命令：check" + b.takes.ZH + " 和 hint。判断有变化时会自己显示出来；exit 结束练习。",
	}
}

// rung returns the words of a command that waits, nil where none does.
func (b *bell) rung() []string {
	if b.dir == "" {
		return nil
	}
	text, err := readOurs(b.word())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	words := strings.Fields(string(text))
	if len(words) == 0 {
		b.answered()
		return nil
	}
	return words
}

func (b *bell) answered() { os.Remove(b.word()) }
