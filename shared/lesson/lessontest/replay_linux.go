package lessontest

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

// Replay runs the lesson at a terminal of this size with Enter at every pause, and
// fails where more rows come between two pauses than the screen has: then something
// scrolls away that was not there yet to be read.
func Replay(t *testing.T, cmd *exec.Cmd, rows, columns uint16) {
	t.Helper()
	terminal, said := AtTerminalOf(t, cmd, rows, columns)
	Press(t, terminal, said, cmd, "\n")
	WantStatus(t, said.String(), ExitStatus(cmd), 0)
	pauses := prompts.Split(said.String(), -1)
	for i, between := range pauses {
		between = strings.TrimPrefix(between, "\x1b[0m\r\n") // the end of the row on which a guess was typed
		if used := rowsOf(between, int(columns)); used > int(rows) {
			t.Errorf("%s: %d rows before pause %d of %d, on a screen of %d:\n%s", cmd, used, i+1, len(pauses), rows, between)
		}
	}
	if len(pauses) < 10 {
		t.Errorf("%s: %d pauses", cmd, len(pauses))
	}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)

// rowsOf counts the rows of a terminal that what was said takes, up to the keys, which
// are the last. A cleared screen begins anew; what follows a carriage return is drawn
// over what stood there.
func rowsOf(said string, columns int) (rows int) {
	_, after, cleared := strings.Cut(said, "\x1b[2J")
	for cleared {
		said = after
		_, after, cleared = strings.Cut(said, "\x1b[2J")
	}
	terminal := runewidth.Condition{EastAsianWidth: true}
	for line := range strings.SplitSeq(strings.ReplaceAll(said, "\r\n", "\n"), "\n") {
		line = escapes.ReplaceAllString(line[strings.LastIndex(line, "\r")+1:], "")
		used := 0
		for _, r := range line {
			if w := terminal.RuneWidth(r); r == '\t' {
				used += 8 - used%8
			} else if used%columns+w > columns {
				used += columns - used%columns + w
			} else {
				used += w
			}
		}
		rows += max(1, (used+columns-1)/columns)
	}
	return rows
}

// The sizes of a terminal, in both languages, at which a lesson is replayed:
// the smallest that everybody has, half of a wide screen, a projector.
var replays = []struct {
	rows, columns uint16
	args          []string
}{
	{24, 80, []string{"--lang=en"}},
	{24, 80, []string{"--lang=zh"}},
	{40, 72, []string{"--lang=en"}},
	{40, 72, []string{"--lang=zh"}},
	{24, 80, []string{"--lang=en", "--present"}},
	{24, 80, []string{"--lang=zh", "--present"}},
}

// ReplayAll replays the lesson that command starts, in all of them; at the same time
// where a lesson mostly waits and has no name that another would take.
func ReplayAll(t *testing.T, together bool, command func(*testing.T, ...string) *exec.Cmd, args ...string) {
	for _, r := range replays {
		cmd := command(t, append(r.args, args...)...)
		t.Run(fmt.Sprintf("%d × %d %s", r.rows, r.columns, strings.Join(r.args, " ")), func(t *testing.T) {
			if together {
				t.Parallel()
			}
			Replay(t, cmd, r.rows, r.columns)
		})
	}
}
