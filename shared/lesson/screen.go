package lesson

import (
	"errors"
	"os"
	"slices"

	"github.com/fatih/color"
	"github.com/spf13/pflag"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// shown is how a program appears: the flags that every one of them has.
type shown struct {
	lang   lang.Language
	plain  bool
	langs  *string
	colors *string
}

// flags adds the flags. Their descriptions are in the language that args ask for.
func (s *shown) flags(flags *pflag.FlagSet, args []string) {
	s.lang = LanguageOf(args)
	s.langs = flags.String("lang", string(s.lang), langUsage.In(s.lang))
	s.colors = flags.String("color", "auto", colorUsage.In(s.lang))
	flags.BoolVar(&s.plain, "plain", false, plainUsage.In(s.lang))
	flags.Lookup("lang").DefValue = ""
}

// check refuses values that there are none of.
func (s *shown) check() error {
	if *s.langs != "en" && *s.langs != "zh" {
		return OneOf("--lang", *s.langs, "en", "zh")
	}
	if whens := []string{"auto", "always", "never"}; !slices.Contains(whens, *s.colors) {
		return OneOf("--color", *s.colors, whens...)
	}
	return nil
}

// ScreenOf adds to a program's flags those that say how it appears, parses args, and
// returns the screen. The error is a usage error or pflag.ErrHelp.
func ScreenOf(flags *pflag.FlagSet, args []string) (shell.Screen, error) {
	var s shown
	s.flags(flags, args)
	err := flags.Parse(args)
	color.NoColor = s.plain || !useColor(*s.colors)
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		err = FlagError(err, flags, lang.Text{EN: "see --help", ZH: "请看 --help"})
	}
	if err == nil {
		err = s.check()
	}
	return s.screen(), err
}

// AtTerminal reports whether somebody is there: standard input and output are a
// terminal.
func AtTerminal() bool { return isTerminal(os.Stdin) && isTerminal(os.Stdout) }
