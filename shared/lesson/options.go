package lesson

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// options are what the flags say.
type options struct {
	shown
	command    string // "", "doctor" or "clean"
	auto, list bool
	present    bool // to a class
	notes      bool // the speaker's
	from, only string
	again      []string // the flags that were given, but for those that choose steps
}

// flag texts, in both languages.
var (
	langUsage    = lang.Text{EN: "language, `en|zh` (default: from LC_ALL, LC_MESSAGES, LANG)", ZH: "语言，`en|zh`（默认取自 LC_ALL、LC_MESSAGES、LANG）"}
	autoUsage    = lang.Text{EN: "go on without waiting for a key", ZH: "不等按键，一直往下走"}
	listUsage    = lang.Text{EN: "list the steps and end", ZH: "列出各步骤后结束"}
	fromUsage    = lang.Text{EN: "begin at the step with this `ID` (see --list)", ZH: "从步骤 `ID` 开始（见 --list）"}
	presentUsage = lang.Text{EN: "for a projector and a clicker: one act a screen; the command appears, and waits", ZH: "投影仪和翻页笔用：一屏一个动作，命令先出现，等一下再执行"}
	notesUsage   = lang.Text{EN: "the speaker's notes on the step that is being presented, in a second terminal", ZH: "在另一个终端里显示正在讲的那一步的讲稿"}
	onlyUsage    = lang.Text{EN: "do only the step with this `ID` (see --list)", ZH: "只做步骤 `ID`（见 --list）"}
	colorUsage   = lang.Text{EN: "colours, `auto|always|never` (also NO_COLOR)", ZH: "颜色，`auto|always|never`（也认 NO_COLOR）"}
	plainUsage   = lang.Text{EN: "no colour, no redrawing, every status a word", ZH: "无颜色、不重绘，状态一律用文字"}
)

var help = lang.Text{
	EN: `Usage: %s [flags]          the lesson
       %[1]s doctor [flags]   what this machine is and what will work
       %[1]s clean [flags]    remove what an interrupted run left
%[3]s
Flags:
%[2]s
Exit status: 0 done, 1 a step failed, 2 wrong usage, 3 this machine can't.
`,
	ZH: `用法：%s [选项]           上课
      %[1]s doctor [选项]    看看这台机器能做什么
      %[1]s clean [选项]     清掉中断的运行留下的东西
%[3]s
选项：
%[2]s
退出状态：0 完成，1 某一步失败，2 用法有误，3 这台机器做不了。
`}

// parse reads the command line. The error is a usage error or pflag.ErrHelp.
func (c Chapter) parse(args []string) (options, error) {
	o := options{shown: shown{lang: LanguageOf(args)}}
	flags := pflag.NewFlagSet(c.Name, pflag.ContinueOnError)
	flags.SortFlags = false
	if c.Flags != nil {
		c.Flags(flags, o.lang)
	}
	flags.BoolVar(&o.auto, "auto", false, autoUsage.In(o.lang))
	flags.BoolVar(&o.list, "list", false, listUsage.In(o.lang))
	flags.StringVar(&o.from, "from", "", fromUsage.In(o.lang))
	flags.StringVar(&o.only, "only", "", onlyUsage.In(o.lang))
	flags.BoolVar(&o.present, "present", false, presentUsage.In(o.lang))
	flags.BoolVar(&o.notes, "notes", false, notesUsage.In(o.lang))
	o.shown.flags(flags, args)
	flags.Usage = func() {
		own := strings.ReplaceAll(c.Usage.In(o.lang), "%[1]s", Program())
		fmt.Printf(help.In(o.lang), Program(), FlagUsages(flags, o.lang), own)
	}

	err := flags.Parse(args)
	flags.Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "from" || f.Name == "only":
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			o.again = append(o.again, "--"+f.Name)
		default:
			o.again = append(o.again, "--"+f.Name+"="+f.Value.String())
		}
	})
	color.NoColor = o.plain || !useColor(*o.colors)
	shell.Signs = o.present
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		return o, FlagError(err, flags, lang.Text{EN: "see --help", ZH: "请看 --help"})
	}
	if err != nil {
		return o, err
	}
	if err := o.check(); err != nil {
		return o, err
	}
	o.from, o.only = c.idOf(o.from), c.idOf(o.only)
	for flag, id := range map[string]string{"--from": o.from, "--only": o.only} {
		if id != "" && !slices.Contains(c.ids(), id) {
			return o, OneOf(flag, id, c.ids()...)
		}
	}
	if o.from != "" && o.only != "" {
		return o, lang.WithCure(lang.Errorf(lang.Text{EN: "--from and --only do not go together", ZH: "--from 和 --only 不能同时用"}),
			lang.Text{EN: "choose one of the two", ZH: "二者选一个"})
	}
	if flags.NArg() > 0 {
		o.command = flags.Arg(0)
		switch {
		case slices.Contains(c.Commands, o.command):
			return o, lang.WithCure(lang.Errorf(lang.Text{EN: "%s comes first, before all flags", ZH: "%s 要写在最前面，在所有选项之前"}, o.command),
				lang.Same(Program()+" "+o.command+" …"))
		case o.command != "doctor" && o.command != "clean":
			return o, OneOf(Program(), o.command, append(c.Commands, "doctor", "clean")...)
		case flags.NArg() > 1:
			return o, lang.WithCure(lang.Errorf(lang.Text{EN: "%s %s: too many words", ZH: "%s %s：参数太多了"}, o.command, flags.Arg(1)),
				lang.Text{EN: o.command + " takes flags only", ZH: o.command + " 后面只能写选项"})
		}
	}
	if c.Verify != nil && o.command == "" && !o.list && !o.notes {
		return o, c.Verify()
	}
	return o, nil
}

// idOf takes a step's number, as its heading shows it, for its ID.
func (c Chapter) idOf(step string) string {
	if number, err := strconv.Atoi(step); err == nil && 1 <= number && number <= len(c.Steps) {
		return c.Steps[number-1].ID
	}
	return step
}

// Program is the name under which this program was started.
func Program() string { return filepath.Base(os.Args[0]) }

// OneOf is the error for a word that there is none of.
func OneOf(what, got string, want ...string) error {
	cure := lang.Text{EN: "it takes one of " + strings.Join(want, ", "), ZH: "可用的有：" + strings.Join(want, "、")}
	if near := lang.Nearest(got, want); near != "" {
		cure = lang.Text{EN: "did you mean " + near + "? " + cure.EN, ZH: "是不是想写 " + near + "？" + cure.ZH}
	}
	return lang.WithCure(lang.Errorf(lang.Text{EN: "%s %q: there is no such thing", ZH: "%s %q：没有这一项"}, what, got), cure)
}

// LanguageOf finds --lang before the flags are parsed, because their own
// descriptions are in that language.
func LanguageOf(args []string) lang.Language {
	language := lang.FromEnv(os.Getenv)
	for i, arg := range args {
		value, found := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, found = args[i+1], true
		}
		if found && (value == "en" || value == "zh") {
			language = lang.Language(value)
		}
	}
	return language
}

func useColor(when string) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(os.Stdout)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// terminalRows is how many lines the terminal shows.
func terminalRows() int {
	if _, rows, err := term.GetSize(int(os.Stdout.Fd())); err == nil && rows > 0 {
		return rows
	}
	return 24
}

// terminalColumns is how wide it is.
func terminalColumns() int {
	if columns, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// columns is how wide the lines on standard output may be.
func columns() int {
	const widest = 88 // longer lines of prose are hard to read
	return min(terminalColumns(), widest)
}

// screen describes standard output.
func (o shown) screen() shell.Screen {
	return shell.Screen{
		Out:    &stdout,
		Width:  columns(),
		Redraw: !o.plain && isTerminal(os.Stdout) && os.Getenv("TERM") != "dumb",
		Plain:  o.plain,
		Lang:   o.lang,
	}
}

// interactive reports whether there is somebody to wait for.
func (o options) interactive() bool {
	return !o.auto && isTerminal(os.Stdin) && isTerminal(os.Stdout)
}

// span returns the numbers of the first and the last step to do.
func (o options) span(c Chapter) (first, last int) {
	switch {
	case o.only != "":
		i := slices.Index(c.ids(), o.only)
		return i, i
	case o.from != "":
		return slices.Index(c.ids(), o.from), len(c.Steps) - 1
	}
	return 0, len(c.Steps) - 1
}
