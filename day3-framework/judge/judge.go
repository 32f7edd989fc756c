//go:build linux

// Package judge is the sub-command judge: it has any runtime start the labs' probe, and
// says which walls stood around it.
package judge

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"mydocker.example/shared/lab/build"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
	"mydocker.example/shared/shell"
)

var usage = lang.Text{
	EN: `Usage: %[1]s judge [flags] -- PREFIX...

PREFIX is a command line to which the command to run is added. The word ROOT in it
stands for the directory of a root file system, made for the occasion:

  %[1]s judge -- unshare --fork --pid --mount-proc
  %[1]s judge -- ./mydocker run --rootfs ROOT

Flags:
%[2]s
Exit status: 0 it was looked at, whatever stands; 2 wrong usage; 3 cannot tell.
`,
	ZH: `用法：%[1]s judge [选项] -- 前半条命令…

前半条命令后面会接上要运行的命令。其中的 ROOT 代表一个临时准备的根文件系统目录：

  %[1]s judge -- unshare --fork --pid --mount-proc
  %[1]s judge -- ./mydocker run --rootfs ROOT

选项：
%[2]s
退出状态：0 看过了，不管立着几面墙；2 用法有误；3 看不出来。
`,
}

// Main returns the exit status.
func Main(args []string) int {
	flags := pflag.NewFlagSet("judge", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.SetInterspersed(false)
	asJSON := flags.Bool("json", false, lang.Text{EN: "for programs", ZH: "给程序看"}.In(lesson.LanguageOf(args)))
	flags.Usage = func() {
		l := lesson.LanguageOf(args)
		fmt.Printf(usage.In(l), lesson.Program(), lesson.FlagUsages(flags, l))
	}
	screen, err := lesson.ScreenOf(flags, args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil && flags.NArg() == 0 {
		err = lang.WithCure(lang.Errorf(lang.Text{EN: "judge: no command line", ZH: "judge：没有写命令行"}),
			lang.Text{EN: "for example: judge -- unshare --fork --pid --mount-proc", ZH: "例如：judge -- unshare --fork --pid --mount-proc"})
	}
	if err != nil {
		screen.On(os.Stderr).Problem(err)
		return lesson.Usage
	}
	o, rooted, err := build.Runtime(flags.Args())
	if err != nil {
		screen.On(os.Stderr).Problem(err)
		return lesson.Cannot
	}
	walls := build.WallsOf(o, rooted)
	if *asJSON {
		screen.JSON(walls)
		return 0
	}
	for _, w := range walls {
		tell(screen, w)
	}
	return 0
}

func tell(screen shell.Screen, w build.Wall) {
	switch w.Stands {
	case "yes":
		screen.Verdict(true, w.Text.In(screen.Lang), "")
	case "no":
		screen.Verdict(false, w.Text.In(screen.Lang), w.Seen)
	default:
		screen.Note(lang.Text{EN: "cannot tell: ", ZH: "看不出来："}.And(w.Text))
	}
}
