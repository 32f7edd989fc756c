package shell

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"mydocker.example/shared/lang"
)

// A Screen is where a lesson appears: how wide it is and what it can show.
// Colours are base ones, which both dark and light terminals have legible.
type Screen struct {
	Out    io.Writer
	Width  int           // columns
	Redraw bool          // a line may be drawn again in place
	Plain  bool          // every status is a word
	Lang   lang.Language // of everything but commands and answers
}

var (
	prompt  = color.New(color.FgGreen)
	command = color.New(color.Bold)
	answer  = color.New(color.Faint)
	good    = color.New(color.FgGreen, color.Bold)
	bad     = color.New(color.FgRed, color.Bold)
	note    = color.New(color.FgMagenta)
)

// On returns the same screen with another output.
func (s Screen) On(out io.Writer) Screen {
	s.Out = out
	return s
}

// Command shows a command as it is typed.
func (s Screen) Command(line string) {
	line, comment, _ := strings.Cut(line, "   # ")
	if comment != "" {
		comment = answer.Sprint("   # " + comment)
	}
	fmt.Fprintln(s.Out, prompt.Sprint("$")+" "+command.Sprint(line)+comment)
}

// Answer shows what came back; nothing for an empty answer.
func (s Screen) Answer(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(s.Out, answer.Sprint(line))
	}
}

// Verdict shows a claim, whether it holds, and the evidence.
func (s Screen) Verdict(holds bool, claim, evidence string) {
	mark, style := "✓", good
	switch {
	case s.Plain && holds:
		mark = "ok:"
	case s.Plain:
		mark, style = "FAILED:", bad
	case !holds:
		mark, style = "✗", bad
	}
	indent := strings.Repeat(" ", width(mark)+1)
	fmt.Fprintln(s.Out, Wrap(style.Sprint(mark)+" "+claim, s.Width, indent))
	fmt.Fprintln(s.Out, Wrap(indent+answer.Sprint(evidence), s.Width, indent))
}

// Note shows a remark of the lesson's own.
func (s Screen) Note(text lang.Text) {
	fmt.Fprintln(s.Out, note.Sprint(Wrap(text.In(s.Lang), s.Width, "")))
}

// Hint shows a command to try elsewhere, as a shell's comment.
func (s Screen) Hint(where lang.Text, line string) {
	fmt.Fprintln(s.Out, note.Sprint("# "+where.In(s.Lang))+" "+line)
}

// Problem shows an error and what to do about it.
func (s Screen) Problem(err error) {
	message, cure := lang.Explain(err, s.Lang)
	mark := "✗"
	if s.Plain {
		mark = "FAILED:"
	}
	fmt.Fprintln(s.Out, Wrap(bad.Sprint(mark)+" "+message, s.Width, "  "))
	if cure != "" {
		what := lang.Text{EN: "What to do: ", ZH: "怎么办："}.In(s.Lang)
		fmt.Fprintln(s.Out, Wrap("  "+command.Sprint(what)+cure, s.Width, "  "))
	}
}
