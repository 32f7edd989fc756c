//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"sync"
	"syscall"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// run is the sub-command of that name: flags, container, exit status.
func run(args []string) int {
	o, err := parseRun(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err != nil {
		complain(err, lang.FromEnv(os.Getenv))
		return statusOurs
	}
	status, err := o.runContainer()
	if err != nil {
		complain(err, o.config.Lang)
		return statusOurs
	}
	return status
}

// runContainer makes the container, runs the command in it, takes everything
// back and returns the command's exit status. An error is a failure of ours.
func (o options) runContainer() (status int, err error) {
	// The kernel kills init when the *thread* that started it dies:
	// PR_SET_PDEATHSIG in prctl(2).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	// From here on no signal ends us before we have cleaned up.
	signals := catchSignals()

	written, err := ledger.Open()
	if err != nil {
		return 0, fmt.Errorf("write down what is made: %w", err)
	}
	defer func() {
		err = errors.Join(err, written.Undo(o.narrator.did))
	}()
	if ledger.Abandoned() {
		o.sweep()
	}
	group, err := o.makeGroup(written)
	if err != nil {
		return 0, err
	}

	c, err := o.start(group)
	if err != nil {
		return 0, err
	}
	defer c.close()
	forwarding := signals.forward(c)
	if err := c.configure(o.config); err != nil {
		return 0, errors.Join(err, c.kill())
	}
	if o.config.Terminal {
		if err := c.attachTerminal(o.interactive); err != nil {
			return 0, errors.Join(err, c.kill())
		}
	}
	err = c.wait()
	c.over.Store(true)
	c.awaitOutput()
	c.detachTerminal()
	if err == nil {
		status, err = o.conclude(c, group, forwarding.last())
	}
	if status == 0 && c.incomplete.Load() {
		status = statusOurs
	}
	return status, err
}

// sweep takes back what a mydocker that was killed has left. Where it can't, that is
// no reason not to go on.
func (o options) sweep() {
	if err := ledger.Sweep(o.narrator.did); err != nil {
		complain(err, o.config.Lang)
	}
}

// makeGroup makes the container's control group and sets its limits.
func (o options) makeGroup(written *ledger.Ledger) (*cgroup.Group, error) {
	group, err := cgroup.New("mydocker/"+o.name, o.controllers()...)
	if err != nil {
		return nil, err
	}
	err = written.MakeContainer(group)
	if errors.Is(err, fs.ErrExist) { // of a killed one after all, perhaps
		o.sweep()
		err = written.MakeContainer(group)
	}
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", o.name, err)
	}
	for _, dir := range group.Dirs() {
		o.narrator.say("mkdir %s", dir)
	}
	if err := o.limits.Apply(group); err != nil {
		return nil, err
	}
	o.narrator.say("set the limits and read them back: %v", o.limits)
	return group, nil
}

// start starts the container's init, born in the group and in namespaces of
// its own.
func (o options) start(group *cgroup.Group) (*container, error) {
	// Descriptors that our caller left open lead to the host's files.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, fmt.Errorf("close_range: %w", err)
	}
	self, err := openSelf()
	if err != nil {
		return nil, err
	}
	defer self.Close()
	configRead, configWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe for the configuration: %w", err)
	}
	defer configRead.Close()
	reports, reporter, err := reportSocket()
	if err != nil {
		return nil, err
	}
	defer reporter.Close()

	insisted := make(chan struct{})
	c := &container{
		config: configWrite, reports: reports, narrator: o.narrator, lang: o.config.Lang,
		insisted: insisted, insist: sync.OnceFunc(func() { close(insisted) }),
	}
	stdio, err := c.openStdio(o)
	if err != nil {
		return nil, err
	}
	defer closeStdio(stdio)
	files := []uintptr{stdio[0].Fd(), stdio[1].Fd(), stdio[2].Fd(), selfFD: self.Fd(), configFD: configRead.Fd(), reportFD: reporter.Fd()}
	if o.limits.CPUSet != "" {
		if err := allowAllCPUs(); err != nil {
			return nil, err
		}
	}
	attr := o.namespaces()
	var pidfd int
	attr.PidFD = &pidfd
	err = group.StartWith(attr, func() (err error) {
		// Not os/exec: to see whether this kernel has pidfds, it starts another process.
		c.pid, err = syscall.ForkExec(fmt.Sprintf("/proc/self/fd/%d", selfFD), []string{"mydocker", "init"}, &syscall.ProcAttr{
			Env:   []string{"GOMAXPROCS=1"}, // few threads: --pids-limit counts them
			Files: files,
			Sys:   attr,
		})
		return err
	})
	if err != nil {
		configWrite.Close()
		reports.Close()
		return nil, o.explainStart(err)
	}
	unix.SetNonblock(pidfd, true) // else Go does not watch it, and wait has to look again and again
	c.process = os.NewFile(uintptr(pidfd), "pidfd")
	if c.copyInput != nil {
		go c.copyInput()
	}
	o.narrator.say("clone: init is PID %d here, PID 1 in the container", c.pid)
	return c, nil
}

func (o options) explainStart(err error) error {
	err = fmt.Errorf("start the container's init: %w", err)
	var cured *lang.Error
	switch {
	case errors.As(err, &cured):
	case errors.Is(err, unix.EAGAIN):
		return lang.WithCure(err, tooFewProcesses)
	case errors.Is(err, unix.EPERM):
		return lang.WithCure(err, lang.Text{
			EN: "new namespaces take root with CAP_SYS_ADMIN, which a container keeps back: use a virtual machine (scripts/setup-vm.sh up)",
			ZH: "新建命名空间需要带 CAP_SYS_ADMIN 的 root，容器默认不给：请用虚拟机（scripts/setup-vm.sh up）",
		})
	case errors.Is(err, unix.EINVAL): // of making the mounts private
		return lang.WithCure(err, lang.Text{
			EN: "the present root must be a mount of its own, and a chroot's is none: mount --bind DIR DIR before the chroot",
			ZH: "当前的根必须是一个挂载，chroot 进去的目录不是：先 mount --bind 目录 目录，再 chroot",
		})
	case errors.Is(err, unix.ENOSPC):
		return lang.WithCure(err, lang.Text{
			EN: "there are as many namespaces as this machine allows; see /proc/sys/user/max_*_namespaces",
			ZH: "命名空间的数量到了本机上限；请看 /proc/sys/user/max_*_namespaces",
		})
	}
	return err
}
