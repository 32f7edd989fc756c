package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"mydocker.example/shared/lang"
)

// A Screen is where a lesson appears: how wide it is and what it can show.
type Screen struct {
	Out    io.Writer
	Width  int           // columns
	Redraw bool          // a line may be drawn again in place
	Plain  bool          // every status is a word
	Lang   lang.Language // of everything but commands and answers
	Pace   Pace          // nil where nobody is waited for
}

// A Pace waits for those who read along.
type Pace interface {
	Command()                  // one is about to be shown
	Typed()                    // it stands there and is about to be done
	Guess(choices int) string  // what somebody types, "" for none; of so many choices, 0 where it is free
	AtWork(rows int) io.Writer // where a program speaks that does not wait; of so many lines, say
}

// A Style is a way to print words.
type Style []color.Attribute

// The styles of a lesson. Colours are base ones, which are legible on both dark
// and light terminals.
var (
	Prompt  = Style{color.FgGreen}
	Code    = Style{color.Bold} // cyan is hardly there on white
	Remark  = Style{color.FgMagenta}
	Good    = Style{color.FgGreen, color.Bold}
	Bad     = Style{color.FgRed, color.Bold}
	Bold    = Style{color.Bold}
	Italic  = Style{color.Italic}
	Heading = Style{color.Bold, color.Underline}
)

// Signs is set where nothing is to be told by colour alone: a remark has a sign before
// it, and code stands between backticks.
var Signs bool

// Sprint returns the text in this style, unless color.NoColor is set. Left to
// itself, package color would obey NO_COLOR even where a flag asks for colour.
func (s Style) Sprint(text ...any) string {
	c := color.New(s...)
	c.EnableColor()
	if color.NoColor {
		c.DisableColor()
	}
	return c.Sprint(text...)
}

// Sprintf returns formatted text in this style.
func (s Style) Sprintf(format string, values ...any) string {
	return s.Sprint(fmt.Sprintf(format, values...))
}

// On returns the same screen with another output.
func (s Screen) On(out io.Writer) Screen {
	s.Out = out
	return s
}

// Command shows a command as it is typed, before it is done.
func (s Screen) Command(line string) {
	if s.Pace != nil {
		s.Pace.Command()
	}
	s.Did(line)
	if s.Pace != nil {
		s.Pace.Typed()
	}
}

// Did shows a command that is done already.
func (s Screen) Did(line string) {
	line, comment, found := strings.Cut(line, "   # ")
	if found {
		comment = "   # " + comment
	}
	if s.Redraw { // at a terminal, which would break a line anywhere
		if found && 2+width(line+comment, false) > s.Width {
			comment = "\n" + Wrap(comment[1:], s.Width, "  # ")
		}
		line = wrapCommand(line, s.Width-2)
	}
	fmt.Fprintln(s.Out, Prompt.Sprint("$")+" "+Bold.Sprint(line)+comment)
}

// Answer shows what came back; nothing for an empty answer. It is what the eye should
// find, so it is as bright as the terminal's own text.
func (s Screen) Answer(text string) {
	if text == "" {
		return
	}
	fmt.Fprintln(s.Out, text)
}

// Verdict shows a claim, whether it holds, and the evidence.
func (s Screen) Verdict(holds bool, claim, evidence string) {
	mark, style := "✓", Good
	switch {
	case s.Plain && holds:
		mark = "ok:"
	case s.Plain:
		mark, style = "FAILED:", Bad
	case !holds:
		mark, style = "✗", Bad
	}
	indent := strings.Repeat(" ", width(mark, false)+1)
	text := Wrap(style.Sprint(mark)+" "+claim, s.Width, indent)
	if evidence != "" {
		text += "\n" + Wrap(indent+evidence, s.Width, indent)
	}
	fmt.Fprintln(s.Out, text)
}

// JSON shows a value to programs, on one line.
func (s Screen) JSON(value any) error {
	encoder := json.NewEncoder(s.Out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// Note shows a remark of the lesson's own.
func (s Screen) Note(text lang.Text) {
	words := text.In(s.Lang)
	if Signs {
		words = "* " + words
	}
	fmt.Fprintln(s.Out, Remark.Sprint(Wrap(words, s.Width, "")))
}

// Hint shows a command to try elsewhere, below a shell's comment. The command
// is not wrapped, so that it can be copied.
func (s Screen) Hint(where lang.Text, line string) {
	fmt.Fprintln(s.Out, Remark.Sprint(Wrap("# "+where.In(s.Lang), s.Width, "# "))+"\n"+line)
}

// Problem shows an error and what to do about it.
func (s Screen) Problem(err error) {
	message, cure := lang.Explain(err, s.Lang)
	mark := "✗"
	if s.Plain {
		mark = "FAILED:"
	}
	text := Wrap(Bad.Sprint(mark)+" "+message, s.Width, "  ")
	if cure != "" {
		what := lang.Text{EN: "What to do: ", ZH: "怎么办："}.In(s.Lang)
		text += "\n" + Wrap("  "+Bold.Sprint(what)+cure, s.Width, "  ")
	}
	fmt.Fprintln(s.Out, text)
}
