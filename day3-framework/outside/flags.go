//go:build linux

package outside

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// options are what the command line of run says.
type options struct {
	name        string
	interactive bool
	limits      cgroup.Limits
	config      between.Config // what init has to know of it
	narrator    between.Narrator
}

// words are what the command line says that has to be looked at first.
type words struct {
	limits  limitFlags
	env     []string
	network string
}

// parse reads the command line of run. The error is a usage error or
// pflag.ErrHelp.
func parse(args []string) (options, error) {
	var (
		o options
		w words
	)
	o.config.Lang = lang.FromEnv(os.Getenv)
	flags := o.flags(&w)
	if err := flags.ParseAll(args, setUnlessOneDash(flags)); errors.Is(err, pflag.ErrHelp) {
		return o, err
	} else if err != nil {
		return o, explainFlag(err, flags)
	}
	if o.config.Narrate {
		o.narrator = between.NewNarrator("host")
	}
	o.config.Command = flags.Args()
	o.config.Workdir = path.Clean(cmp.Or(o.config.Workdir, "/"))
	if err := o.checkWords(w); err != nil {
		return o, err
	}
	if os.Geteuid() != 0 {
		return o, usageError(lang.Text{EN: "you are not root", ZH: "你不是 root"},
			lang.Same(host.Start("day3-framework", true, append([]string{"run"}, args...)...)))
	}
	err := o.complete(w, flags.Changed("rootfs"))
	return o, err
}

// flags are run's. What they say goes into o, or into w.
func (o *options) flags(w *words) *pflag.FlagSet {
	flags := pflag.NewFlagSet("mydocker run", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.SetInterspersed(false) // what comes after the command is the command's
	c := &o.config
	say := func(en, zh string) string { return lang.Text{EN: en, ZH: zh}.In(c.Lang) }
	flags.BoolVarP(&o.interactive, "interactive", "i", false, say("pass standard input on", "接通标准输入"))
	flags.BoolVarP(&c.Terminal, "tty", "t", false, say("give it a terminal of its own", "给它一个自己的终端"))
	flags.StringVarP(&w.limits.memory, "memory", "m", "", say("memory, such as 100m", "内存上限，例如 100m"))
	flags.StringVar(&w.limits.memorySwap, "memory-swap", "", say("memory and swap together; -1 is all the swap there is", "内存与交换区之和；-1 表示交换区不限"))
	flags.StringVar(&w.limits.cpus, "cpus", "", say("CPUs' time, such as 0.5", "CPU 时间，例如 0.5"))
	flags.Int64VarP(&w.limits.cpuShares, "cpu-shares", "c", 0, say("weight against other containers, 1024 is usual", "与其他容器相比的权重，平常是 1024"))
	flags.StringVar(&w.limits.cpuset, "cpuset-cpus", "", say("CPUs to run on, such as 0-1,3", "可用的 CPU，例如 0-1,3"))
	flags.StringVar(&w.limits.memset, "cpuset-mems", "", say("memory nodes, such as 0", "可用的内存节点，例如 0"))
	flags.Int64Var(&w.limits.pids, "pids-limit", 0, say("processes and threads; -1 is no limit", "进程和线程总数；-1 表示不限"))
	flags.StringVarP(&c.Hostname, "hostname", "h", "", say("host name (default: the container's name)", "主机名（默认与 --name 相同）"))
	flags.StringVar(&o.name, "name", "", say("name (default: a random one)", "名字（默认随机）"))
	flags.FuncP("env", "e", say("`NAME=VALUE`, or NAME for the value that it has here", "`NAME=VALUE`；只写 NAME 时，沿用当前环境里的值"), func(variable string) error {
		w.env = append(w.env, variable)
		return nil
	})
	flags.StringVarP(&c.Workdir, "workdir", "w", "/", say("working directory", "工作目录"))
	flags.StringVar(&c.Rootfs, "rootfs", "", say("root file system, a `DIR` (default: the host's files)", "根文件系统 `DIR`（默认是宿主机的文件）"))
	flags.BoolVar(&c.ReadOnly, "read-only", false, say("the root file system can't be written", "根文件系统只读"))
	flags.StringVar(&w.network, "network", "none", say("`none|host`: lo alone, or the host's network", "`none|host`：只有回环接口 lo，或与宿主机共用"))
	flags.Bool("rm", false, say("as docker has it; here a container is always removed", "与 docker 相同；这里的容器本来就用完即删"))
	flags.BoolVar(&c.Narrate, "narrate", false, say("show each step, with the PIDs of both sides", "显示每一步和两边的 PID"))
	flags.Usage = func() {
		fmt.Printf(say("Usage: mydocker run [flags] COMMAND [ARG...]\n\n%s", "用法：mydocker run [选项] 命令 [参数…]\n\n%s"), lesson.FlagUsages(flags, c.Lang))
	}
	return flags
}

// setUnlessOneDash returns what sets each flag, but for -memory, which to pflag is -m
// with the value "emory".
func setUnlessOneDash(flags *pflag.FlagSet) func(*pflag.Flag, string) error {
	return func(f *pflag.Flag, value string) error {
		if long := f.Shorthand + value; f.Shorthand != "" && flags.Lookup(long) != nil {
			return lang.WithCure(lang.Errorf(lang.Text{EN: "-" + long + ": one dash is for letters", ZH: "-" + long + "：一个横线后面是单个字母"}), lang.Text{EN: "did you mean --" + long + "?", ZH: "是不是想写 --" + long + "？"})
		}
		return flags.Set(f.Name, value)
	}
}

// checkWords refuses what makes no sense on any machine.
func (o *options) checkWords(w words) error {
	switch {
	case len(o.config.Command) == 0:
		return usageError(lang.Text{EN: "no command", ZH: "没有写命令"},
			lang.Text{EN: "for example: ", ZH: "例如："}.And(lang.Same(host.Start("day3-framework", true, "run", "-it", "--rootfs", "DIR", "sh"))))
	case w.network != "none" && w.network != "host":
		return usageError(lang.Same("--network "+w.network),
			insteadOf("network"))
	case slices.ContainsFunc(w.env, nameless):
		return usageError(lang.Text{EN: "--env without a name", ZH: "--env 没有写名字"},
			lang.Text{EN: "it is -e NAME=VALUE, or -e NAME", ZH: "写法是 -e 名字=值，或 -e 名字"})
	case !path.IsAbs(o.config.Workdir):
		return usageError(lang.Same("--workdir "+o.config.Workdir),
			lang.Text{EN: "it must be an absolute path", ZH: "必须是绝对路径"})
	}
	return nil
}

// complete works out the options from the words, as far as this machine allows
// them.
func (o *options) complete(w words, hasRootfs bool) (err error) {
	c := &o.config
	c.OwnNetwork = w.network == "none"
	if err := o.nameIt(); err != nil {
		return err
	}
	if o.limits, err = w.limits.parse(); err != nil {
		return err
	}
	if hasRootfs {
		if c.Rootfs, err = checkRootfs(c.Rootfs); err != nil {
			return err
		}
	}
	if err := o.checkTerminal(); err != nil {
		return err
	}
	if err := o.checkFiles(); err != nil {
		return err
	}
	o.nameServices()
	c.Env = o.environment(w.env)
	if slices.ContainsFunc(slices.Concat(c.Command, c.Env, []string{c.Rootfs, c.Workdir, c.Hostname}), notUTF8) {
		return usageError(lang.Text{EN: "a word that is not UTF-8", ZH: "有一个词不是 UTF-8"},
			lang.Text{EN: "init gets all words as JSON, which can't carry it; iconv(1) converts", ZH: "init 收到的是 JSON，装不下别的编码；可以用 iconv(1) 转换"})
	}
	return nil
}

func notUTF8(word string) bool { return !utf8.ValidString(word) }

func nameless(variable string) bool { return variable == "" || variable[0] == '=' }

func usageError(problem, cure lang.Text) error { return lang.WithCure(lang.Errorf(problem), cure) }

// nameIt checks the container's name, a directory's in the end, or makes one
// up, and names the host after it.
func (o *options) nameIt() error {
	if o.name == "" {
		o.name = fmt.Sprintf("%012x", rand.Uint64()>>16)
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if strings.Trim(o.name, letters+"_.-") != "" || !strings.Contains(letters, o.name[:1]) {
		return usageError(lang.Same("--name "+o.name), lang.Text{
			EN: "letters, digits, _ . and -, and a letter or digit first",
			ZH: "只能用字母、数字、_ . 和 -，且以字母或数字开头",
		})
	}
	const longest = 64 // HOST_NAME_MAX, gethostname(2)
	atMost := lang.Text{EN: "64 characters at most", ZH: "最多 64 个字符"}
	if len(o.name) > longest {
		return usageError(lang.Same("--name "+o.name), atMost)
	}
	if o.config.Hostname == "" {
		o.config.Hostname = o.name
	}
	if len(o.config.Hostname) > longest {
		return usageError(lang.Same("--hostname "+o.config.Hostname), atMost)
	}
	return nil
}

// nameServices works out what the container's files say of names: its own, and with
// the host's network what the host knows.
func (o *options) nameServices() {
	c := &o.config
	c.Hosts = "127.0.0.1 localhost\n::1 localhost\n"
	if !c.OwnNetwork {
		if hosts, err := os.ReadFile("/etc/hosts"); err == nil {
			c.Hosts = strings.TrimSuffix(string(hosts), "\n") + "\n"
		}
		resolv, _ := os.ReadFile("/etc/resolv.conf") // without one the container's own stays
		c.ResolvConf = string(resolv)
	}
	c.Hosts += "127.0.0.1 " + c.Hostname + "\n"
}

// checkTerminal makes sure that -it has a terminal to work with, and notes its
// size.
func (o *options) checkTerminal() error {
	if !o.config.Terminal {
		return nil
	}
	if o.interactive && !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError(lang.Text{EN: "-it: the input is not a terminal", ZH: "-it：输入不是终端"},
			lang.Text{EN: "leave -t away", ZH: "去掉 -t"})
	}
	if size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil {
		o.config.Size = *size
	}
	return nil
}

// checkFiles refuses a directory as standard input, output or error: it would be
// a way out to the host's files, /proc/self/fd/0/...
func (o *options) checkFiles() error {
	for fd, file := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return usageError(lang.Same(fmt.Sprintf("file descriptor %d: a directory", fd)), lang.Text{
				EN: "give it a file, a pipe or a terminal",
				ZH: "请给它文件、管道或终端",
			})
		}
	}
	return nil
}

// environment returns the command's environment: nothing of ours but what was
// asked for.
func (o *options) environment(asked []string) []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME=" + o.config.Hostname,
		"HOME=", // init looks it up in there
	}
	if o.config.Terminal {
		env = append(env, "TERM=xterm")
	}
	for _, variable := range asked {
		name, _, complete := strings.Cut(variable, "=")
		if !complete {
			value, found := os.LookupEnv(name)
			if !found { // then the command has none either
				env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
				continue
			}
			variable += "=" + value
		}
		env = set(env, name, variable)
	}
	return env
}

// set replaces the variable of this name, or adds it.
func set(env []string, name, variable string) []string {
	for i := range env {
		if strings.HasPrefix(env[i], name+"=") {
			env[i] = variable
			return env
		}
	}
	return append(env, variable)
}
