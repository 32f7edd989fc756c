//go:build linux

package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// day2 is what the steps share: the chapter's flags, and what one step leaves
// for the next.
type day2 struct {
	memory string // --mem
	limit  int64  // the same in bytes
	load   string // --load
	name   string // --name

	hierarchy string // the demo hierarchy's name, once it is mounted
	temporary string // the directory in which it is mounted
}

func (d *day2) flags(flags *pflag.FlagSet, l lang.Language) {
	flags.StringVar(&d.memory, "mem", "100m", lang.Text{EN: "the memory limit, a `SIZE` as docker takes it", ZH: "内存上限，`SIZE` 写法同 docker"}.In(l))
	flags.StringVar(&d.load, "load", "auto", lang.Text{EN: "which load, `auto|builtin|stress`; auto takes stress where it is installed", ZH: "用哪种负载，`auto|builtin|stress`；auto：装了 stress 就用它"}.In(l))
	flags.StringVar(&d.name, "name", "cgroup-demo-memory", lang.Text{EN: "the `NAME` of the group that is limited", ZH: "被限制的那个组，名字叫 `NAME`"}.In(l))
}

// verify checks the flags' values.
func (d *day2) verify() (err error) {
	if d.limit, err = cgroup.ParseMemory(d.memory); err != nil {
		return fmt.Errorf("--mem %w", err)
	}
	switch d.load {
	case "auto", "builtin":
	case "stress":
		if _, err := exec.LookPath("stress"); err != nil {
			return lang.WithCure(lang.Errorf(lang.Text{EN: "--load stress: it is not installed", ZH: "--load stress：没有安装"}), lang.Text{
				EN: "sudo apt-get install stress, or take --load builtin",
				ZH: "sudo apt-get install stress，或改用 --load builtin",
			})
		}
	default:
		return lang.WithCure(fmt.Errorf("--load %q", d.load), lang.Text{EN: "it takes auto, builtin or stress", ZH: "只能是 auto、builtin 或 stress"})
	}
	return checkName(d.name)
}

// checkName accepts what can become a directory of its own in a cgroup file
// system, where the control files all have a dot or are called tasks and so on.
func checkName(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`).MatchString(name) || name == "tasks" {
		return lang.WithCure(fmt.Errorf("--name %q", name), lang.Text{
			EN: "a group is one directory: use letters, digits, - and _, no slash",
			ZH: "一个组就是一个目录：请只用字母、数字、- 和 _，不能有斜杠",
		})
	}
	return nil
}

// needs is the memory that must be free: the load is twice the limit, and it
// would take all of it if the limit did not hold.
func (d *day2) needs() int64 { return 2*d.limit + 64<<20 }

// written is the limit as it is written to the control file: as the learner
// gave it where the kernel reads it the same way (0100 is octal to it), in bytes
// otherwise.
func (d *day2) written() string {
	if regexp.MustCompile(`^[1-9][0-9]*[kmgKMG]?$`).MatchString(d.memory) {
		return d.memory
	}
	return strconv.FormatInt(d.limit, 10)
}

// loadCommand is a program that wants twice the limit: this one, by its path, for
// /proc/self/exe is the shell where a shell starts it.
func (d *day2) loadCommand(sh *shell.Shell) []string {
	size := strings.ToLower(sizeOf(2 * d.limit))
	_, err := exec.LookPath("stress")
	if d.load == "stress" || d.load == "auto" && err == nil {
		return []string{"stress", "--vm-bytes", size, "--vm-keep", "-m", "1", "--timeout", "30"}
	}
	return []string{sh.Self(), "load", "--vm-bytes", size}
}

// sizeOf writes bytes with the largest unit that needs no fraction.
func sizeOf(bytes int64) string {
	for i, unit := range []string{"g", "m", "k"} {
		if size := int64(1) << (30 - 10*i); bytes%size == 0 {
			return strconv.FormatInt(bytes/size, 10) + unit
		}
	}
	return strconv.FormatInt(bytes, 10) + "b"
}
