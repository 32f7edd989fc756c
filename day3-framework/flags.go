//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// options are what the command line of run says.
type options struct {
	name        string
	interactive bool
	limits      cgroup.Limits
	config      config // what init has to know of it
	narrator    narrator
}

// parseRun reads the command line of run. The error is a usage error or
// pflag.ErrHelp.
func parseRun(args []string) (options, error) {
	var (
		o        options
		limits   limitFlags
		env      []string
		network  string
		language = lang.FromEnv(os.Getenv)
	)
	flags := pflag.NewFlagSet("mydocker run", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.SetInterspersed(false) // what comes after the command is the command's
	c := &o.config
	say := func(en, zh string) string { return lang.Text{EN: en, ZH: zh}.In(language) }
	flags.BoolVarP(&o.interactive, "interactive", "i", false, say("pass standard input on", "接通标准输入"))
	flags.BoolVarP(&c.Terminal, "tty", "t", false, say("give it a terminal of its own", "给它一个自己的终端"))
	flags.StringVarP(&limits.memory, "memory", "m", "", say("memory, such as 100m", "内存上限，例如 100m"))
	flags.StringVar(&limits.memorySwap, "memory-swap", "", say("memory and swap together; -1 is all the swap there is", "内存与交换区之和；-1 表示交换区不限"))
	flags.StringVar(&limits.cpus, "cpus", "", say("CPUs' time, such as 0.5", "CPU 时间，例如 0.5"))
	flags.Int64VarP(&limits.cpuShares, "cpu-shares", "c", 0, say("weight against other containers, 1024 is usual", "与其他容器相比的权重，平常是 1024"))
	flags.StringVar(&limits.cpuset, "cpuset-cpus", "", say("CPUs to run on, such as 0-1,3", "可用的 CPU，例如 0-1,3"))
	flags.StringVar(&limits.memset, "cpuset-mems", "", say("memory nodes, such as 0", "可用的内存节点，例如 0"))
	flags.Int64Var(&limits.pids, "pids-limit", 0, say("processes and threads; -1 is no limit", "进程和线程总数；-1 表示不限"))
	flags.StringVar(&c.Hostname, "hostname", "", say("host name (default: the name)", "主机名（默认与名字相同）"))
	flags.StringVar(&o.name, "name", "", say("name (default: a random one)", "名字（默认随机）"))
	flags.StringArrayVarP(&env, "env", "e", nil, say("`NAME=VALUE`, or NAME for our own value", "`NAME=VALUE`；只写 NAME 则取我们自己的值"))
	flags.StringVarP(&c.Workdir, "workdir", "w", "/", say("working directory", "工作目录"))
	flags.StringVar(&c.Rootfs, "rootfs", "", say("root file system, a `DIR` (default: the host's files)", "根文件系统 `DIR`（默认是宿主机的文件）"))
	flags.BoolVar(&c.ReadOnly, "read-only", false, say("the root file system can't be written", "根文件系统只读"))
	flags.StringVar(&network, "network", "none", say("`none|host`", "`none|host`"))
	flags.BoolVar(&c.Narrate, "narrate", false, say("show each step, with the PIDs of both sides", "显示每一步和两边的 PID"))
	flags.Usage = func() {
		fmt.Printf(say("Usage: mydocker run [flags] COMMAND [ARG...]\n\n%s", "用法：mydocker run [标志] 命令 [参数…]\n\n%s"), flags.FlagUsages())
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	c.Command, c.Lang = flags.Args(), language
	c.OwnNetwork = network == "none"
	if c.Narrate {
		o.narrator = narrator{out: os.Stderr, who: fmt.Sprintf("[host %d]", os.Getpid())}
	}

	switch {
	case len(c.Command) == 0:
		return o, usage("no command", "for example: mydocker run -it sh", "例如：mydocker run -it sh")
	case network != "none" && network != "host":
		return o, usage("--network "+network, "there are none and host; bridges come on a later day", "只有 none 和 host；网桥是后几天的事")
	case !path.IsAbs(c.Workdir):
		return o, usage("--workdir "+c.Workdir, "it must be an absolute path", "必须是绝对路径")
	case os.Geteuid() != 0:
		return o, usage("you are not root", "go run -exec sudo ./day3-framework run …, or sudo mydocker run …", "go run -exec sudo ./day3-framework run …，或 sudo mydocker run …")
	}
	if err := o.nameIt(); err != nil {
		return o, err
	}
	var err error
	if o.limits, err = limits.limits(); err != nil {
		return o, err
	}
	if c.Rootfs != "" || flags.Changed("rootfs") {
		if c.Rootfs, err = checkRootfs(c.Rootfs); err != nil {
			return o, err
		}
	}
	if err := o.checkTerminal(); err != nil {
		return o, err
	}
	c.Env = o.environment(env)
	return o, nil
}

func usage(problem, en, zh string) error {
	return lang.WithCure(errors.New(problem), lang.Text{EN: en, ZH: zh})
}

// nameIt checks the container's name, a directory's in the end, or makes one
// up, and names the host after it.
func (o *options) nameIt() error {
	if o.name == "" {
		o.name = fmt.Sprintf("%012x", rand.Uint64()>>16)
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if strings.Trim(o.name, letters+"_.-") != "" || !strings.Contains(letters, o.name[:1]) {
		return usage("--name "+o.name, "letters, digits, _ . and -, and a letter or digit first", "只能用字母、数字、_ . 和 -，且以字母或数字开头")
	}
	if o.config.Hostname == "" {
		o.config.Hostname = o.name
	}
	const longest = 64 // HOST_NAME_MAX, gethostname(2)
	if len(o.config.Hostname) > longest {
		return usage("--hostname "+o.config.Hostname, "64 characters at most", "最多 64 个字符")
	}
	return nil
}

// checkTerminal makes sure that -it has a terminal to work with, and notes its
// size.
func (o *options) checkTerminal() error {
	if !o.config.Terminal {
		return nil
	}
	if o.interactive && !term.IsTerminal(int(os.Stdin.Fd())) {
		return usage("-it: the input is not a terminal", "leave -t away: mydocker run -i …", "去掉 -t：mydocker run -i …")
	}
	if size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil {
		o.config.Size = *size
	}
	return nil
}

// environment returns the command's environment: nothing of ours but what was
// asked for.
func (o *options) environment(asked []string) []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME=" + o.config.Hostname,
		"HOME=/root",
	}
	if o.config.Terminal {
		env = append(env, "TERM=xterm")
	}
	for _, variable := range asked {
		name, _, complete := strings.Cut(variable, "=")
		if !complete {
			value, found := os.LookupEnv(name)
			if !found {
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
