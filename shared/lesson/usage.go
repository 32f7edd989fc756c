package lesson

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// FlagUsages is pflag's list, with the word that pflag adds in l as well, wrapped
// below the column in which the descriptions stand.
func FlagUsages(flags *pflag.FlagSet, l lang.Language) string {
	var out strings.Builder
	for line := range strings.Lines(flags.FlagUsages()) {
		line = strings.TrimSuffix(line, "\n")
		if usage, value, found := strings.Cut(line, " (default "); found && l == lang.Chinese {
			line = usage + "（默认 " + strings.TrimSuffix(value, ")") + "）"
		}
		indent := strings.Repeat(" ", nameColumn(line))
		out.WriteString(shell.Wrap(line, columns(), indent) + "\n")
	}
	return out.String()
}

// nameColumn is how wide a flag with its argument is, up to where its description
// begins, after three blanks; 0 where there is none.
func nameColumn(line string) int {
	words := strings.TrimLeft(line, " ")
	_, description, found := strings.Cut(words, "   ")
	if !found || !strings.HasPrefix(words, "-") {
		return 0
	}
	return len(line) - len(strings.TrimLeft(description, " "))
}

// FlagError says what pflag says of a command line, in both languages, with the
// flag that was meant where one is near.
func FlagError(err error, flags *pflag.FlagSet, seeHelp lang.Text) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		meant := unknown.GetSpecifiedName()
		if letters := unknown.GetSpecifiedShortnames(); letters != "" {
			meant = letters // -auto
		}
		if near := lang.Nearest(meant, names(flags)); near != "" {
			seeHelp = lang.Text{EN: "did you mean --" + near + "? " + seeHelp.EN, ZH: "是不是想写 --" + near + "？" + seeHelp.ZH}
		}
	}
	return lang.WithCure(InBothLanguages(err), seeHelp)
}

// InBothLanguages says in Chinese as well what pflag says of a command line.
func InBothLanguages(err error) error {
	var unknown *pflag.NotExistError
	var without *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	text := lang.Text{EN: strings.Replace(err.Error(), "unknown shorthand flag", "unknown flag", 1)}
	switch {
	case errors.As(err, &unknown) && len(unknown.GetSpecifiedShortnames()) == 1:
		text.ZH = "没有选项 -" + unknown.GetSpecifiedName()
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		text.ZH = "没有选项 -" + unknown.GetSpecifiedName() + "（在 -" + unknown.GetSpecifiedShortnames() + " 里）"
	case errors.As(err, &unknown):
		text.ZH = "没有选项 --" + unknown.GetSpecifiedName()
	case errors.As(err, &without):
		text.ZH = "选项 --" + without.GetFlag().Name + " 后面要写一个值"
	case errors.As(err, &invalid):
		text.ZH = "选项 --" + invalid.GetFlag().Name + " 的值 \"" + invalid.GetValue() + "\" 不对"
	case errors.As(err, &syntax):
		text.ZH = "选项写法不对：" + syntax.GetSpecifiedFlag()
	default:
		return err
	}
	return lang.Errorf(text)
}

func names(flags *pflag.FlagSet) (list []string) {
	flags.VisitAll(func(f *pflag.Flag) { list = append(list, f.Name) })
	return list
}
