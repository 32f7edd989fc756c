// Package lesson makes a program of a chapter: it joins the sections of the
// chapter's README to the functions that do what they say, and leads a learner
// through them.
package lesson

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/spf13/pflag"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// Exit statuses of every chapter. A signal's is 128 plus its number.
const (
	Done   = 0
	Failed = 1 // a step failed
	Usage  = 2 // wrong usage
	Cannot = 3 // this machine can't, and the program said what to do
)

// A Chapter is one day of the workshop.
type Chapter struct {
	Name     string                              // of the chapter's folder
	Text     fs.ReadFileFS                       // README.md and README.zh-CN.md
	Steps    []Step                              // in the README's order
	Checks   []func() host.Check                 // what the machine must have; shown by doctor
	Commands []string                            // the chapter's own sub-commands; may be nil
	Usage    lang.Text                           // their lines in --help, %[1]s the program's name; may be empty
	Flags    func(*pflag.FlagSet, lang.Language) // the chapter's own flags; may be nil
	Verify   func() error                        // looks at the chapter's own flags once they are parsed; may be nil
	Next     string                              // the chapter with which the workshop goes on, as root; may be empty
	Lab      func() string                       // the ID of the lab that comes next, "" where there is none; may be nil
	Clean    func(report func(string)) error     // takes back what the learner has made in the labs; may be nil
}

// A Step is one section of the README and what it does.
type Step struct {
	ID    string
	After string             // the step whose work this one needs; it runs first where --only or --from left it out
	Do    func(*shell.Shell) // nil for a section of words only
}

// projector is how many columns a class can read from the last row.
const projector = 72

// Main runs the chapter as a program and does not return.
func (c Chapter) Main() { os.Exit(c.Run(os.Args[1:])) }

// Run runs the chapter with these arguments and returns the exit status.
func (c Chapter) Run(args []string) int {
	// A child that is to die with its parent dies with the *thread* that started
	// it, PR_SET_PDEATHSIG in prctl(2): this one stays as long as the lesson does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	host.Runs(c.Name)
	host.SetPath()
	o, err := c.parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return Done
	}
	screen := o.screen()
	if o.present {
		screen.Width = min(screen.Width, projector)
	}
	if err != nil {
		screen.On(os.Stderr).Problem(err)
		return Usage
	}
	return Written(c.carryOut(o, args, screen), screen)
}

// carryOut does what the options ask for.
func (c Chapter) carryOut(o options, args []string, screen shell.Screen) int {
	sections, err := c.sections(o.lang)
	if err != nil {
		screen.Problem(err)
		return Failed
	}
	switch {
	case o.list:
		for i, s := range sections {
			fmt.Fprintf(screen.Out, "%2d  %-20s %s\n", i+1, s.ID, s.Title)
		}
		return Done
	case o.notes:
		return c.notes(screen, sections)
	case o.command == "doctor":
		return doctor(c.Checks, screen)
	case o.command == "clean":
		return c.clean(screen)
	}
	if lacking := missing(c.Checks, screen.On(os.Stderr)); lacking != nil {
		return c.refuse(lacking, screen.On(os.Stderr), o, args)
	}
	return c.play(o, sections, screen)
}

// sections returns the chapter's sections in one language.
func (c Chapter) sections(l lang.Language) ([]Section, error) {
	name := ReadmeName(l)
	readme, err := c.Text.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sections, err := Parse(readme)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range max(len(sections), len(c.Steps)) {
		if c.Steps != nil && (i >= len(sections) || i >= len(c.Steps) || sections[i].ID != c.Steps[i].ID) {
			return nil, fmt.Errorf("%s: its steps are not those of the code: %v and %v", name, ids(sections), c.ids())
		}
	}
	return sections, nil
}

// ReadmeName returns the name of a chapter's text in a language.
func ReadmeName(l lang.Language) string {
	if l == lang.Chinese {
		return "README.zh-CN.md"
	}
	return "README.md"
}

func ids(sections []Section) []string {
	var list []string
	for _, s := range sections {
		list = append(list, s.ID)
	}
	return list
}

func (c Chapter) ids() []string {
	var list []string
	for _, s := range c.Steps {
		list = append(list, s.ID)
	}
	return list
}
