package lesson

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// A pager is the screen of a lesson that somebody reads. It counts the rows, and
// waits before one would push away another that was not there yet at a pause.
type pager struct {
	play  *play
	mutex sync.Mutex
	lines []string // all that was shown
	used  int      // rows since the last pause
	acts  bool     // something was done since the last new screen
	mute  bool     // the command that was done last has said nothing
}

// room is how many rows a screen has above the keys.
func (g *pager) room() int {
	keys := shell.Rows(g.play.prompt().In(g.play.lang), terminalColumns())
	return max(terminalRows()-keys-1, 3) // and a line that says what comes
}

// Write shows text, whole if it finds room on a screen.
func (g *pager) Write(text []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.left() {
		return len(text), nil
	}
	if rows := rowsOf(string(text)); rows <= g.room() {
		g.makeRoom(rows)
	}
	for line := range strings.Lines(string(text)) {
		if g.makeRoom(rowsOf(line)); !g.left() {
			g.put(line)
		}
	}
	return len(text), nil
}

// left reports whether the learner has left the step: what it is still about to say,
// nobody wants to read.
func (g *pager) left() bool {
	why := context.Cause(g.play.step)
	return why == errLeave || why == errAgain
}

// makeRoom waits where so many rows more are too many.
func (g *pager) makeRoom(rows int) {
	if g.used > 0 && g.used+rows > g.room() {
		g.wait("", true)
	}
}

// put shows a line without waiting. One that has no end is drawn in place, and nothing
// to come back to.
func (g *pager) put(line string) {
	io.WriteString(os.Stdout, line)
	g.mute = false
	if shown, ends := strings.CutSuffix(line, "\n"); ends {
		g.lines = append(g.lines, shown)
		g.used += rowsOf(line)
	}
}

func rowsOf(text string) (rows int) {
	for line := range strings.Lines(text) {
		rows += shell.Rows(strings.TrimSuffix(line, "\n"), terminalColumns())
	}
	return rows
}

// wait waits for a key: what all that is on the screen has been read for, or is a
// reason to clear it.
func (g *pager) wait(coming string, clear bool) {
	if g.play.step.Err() != nil {
		return
	}
	if coming != "" {
		if shell.Signs {
			coming = "* " + coming
		}
		g.put(shell.Wrap(shell.Remark.Sprint(coming), g.play.sh.Width, "  ") + "\n")
	}
	g.play.wait()
	g.used = 0
	if g.play.present && clear {
		g.clear()
	}
}

// newScreen begins a step's first screen, for a class.
func (g *pager) newScreen() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.clear()
}

// clear begins a new screen, below the step's title.
func (g *pager) clear() {
	g.used = 0
	g.lines = append(g.lines, newScreen)
	clearScreen(g.play.sh.Screen)
	title := shell.Wrap(titleLine(g.play.sections[g.play.now], g.play.now+1, len(g.play.sections)), g.play.sh.Width, "  ")
	for line := range strings.Lines(title + "\n\n") {
		g.put(line)
	}
	g.acts = false
}

// clearScreen clears the terminal where it can: console_codes(4).
func clearScreen(screen shell.Screen) {
	if screen.Redraw {
		fmt.Print("\x1b[H\x1b[2J")
	}
}

// Pause waits, in any case.
func (g *pager) Pause(coming string, clear bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.wait(coming, clear)
}

// ask is to be called before a question of so many rows, and what it returns behind.
func (g *pager) ask(rows int) func() {
	g.mutex.Lock()
	g.makeRoom(rows)
	return func() {
		g.used = 0
		g.mutex.Unlock()
	}
}

// Command makes room; for a class, that of a new screen where something was done on
// this one.
func (g *pager) Command() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.play.present && g.acts {
		done := lang.Text{}
		if g.mute { // else the class sees no difference between before and after
			done = lang.Text{EN: "Done, without a word.", ZH: "执行完了，没有输出。"}
		}
		g.wait(done.In(g.play.lang), true)
	}
	g.makeRoom(3) // a command at the end of a screen is read without its answer
	g.acts = true
}

// Typed waits, so that a class can say what the command is going to do.
func (g *pager) Typed() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.play.present && g.play.step.Err() == nil {
		g.play.wait()
		g.mute = true
	}
}

// AtWork makes room, and returns where a program shows what it says: it is not to
// wait because somebody reads.
func (g *pager) AtWork(rows int) io.Writer {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.makeRoom(min(rows, g.room()))
	return atWork{g}
}

type atWork struct{ *pager }

func (g atWork) Write(text []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for line := range strings.Lines(string(text)) {
		g.put(line)
	}
	return len(text), nil
}
