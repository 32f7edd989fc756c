//go:build linux

package outside

import (
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

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
	reports, reporter, err := between.NewReports()
	if err != nil {
		return nil, err
	}
	defer reporter.Close()

	c := newContainer(configWrite, reports, o)
	stdio, err := c.openStdio(o)
	if err != nil {
		return nil, err
	}
	defer closeStdio(stdio)
	if err := o.beOrdinary(); err != nil {
		return nil, err
	}
	err = c.forkInit(group, o.namespaces(), []uintptr{
		stdio[0].Fd(), stdio[1].Fd(), stdio[2].Fd(),
		between.SelfFD: self.Fd(), between.ConfigFD: configRead.Fd(), between.ReportFD: reporter.Fd(),
	})
	if err != nil {
		configWrite.Close()
		reports.Close()
		return nil, explainStart(err)
	}
	c.narrator.Say("clone: init is PID %d here, PID 1 in the container", c.pid)
	c.startInput()
	return c, nil
}

// forkInit starts this program again, as mydocker init. It is syscall.ForkExec
// and not os/exec for speed: to see whether the kernel has pidfds, os starts a
// process more.
func (c *container) forkInit(group *cgroup.Group, attr *syscall.SysProcAttr, files []uintptr) error {
	var pidfd int
	attr.PidFD = &pidfd
	err := group.StartWith(attr, func() (err error) {
		c.pid, err = syscall.ForkExec(fmt.Sprintf("/proc/self/fd/%d", between.SelfFD), []string{"mydocker", "init"}, &syscall.ProcAttr{
			Env:   []string{"GOMAXPROCS=1"}, // few threads: --pids-limit counts them
			Files: files,
			Sys:   attr,
		})
		return err
	})
	if err != nil {
		return err
	}
	unix.SetNonblock(pidfd, true) // else Go does not watch it, and wait has to look again and again
	c.process = os.NewFile(uintptr(pidfd), "pidfd")
	return nil
}

var tooFewProcesses = lang.Text{
	EN: "as many processes and threads run as are allowed here: see ulimit -u, and pids.max of the groups that you are in",
	ZH: "这里的进程和线程数量到了上限：请看 ulimit -u，以及你所在各级 cgroup 的 pids.max",
}

// explainStart adds what to do. An errno alone says little: what the start could
// have failed at is looked at.
func explainStart(err error) error {
	err = fmt.Errorf("start the container's init: %w", err)
	var cured *lang.Error
	var file *os.PathError
	switch {
	case errors.As(err, &cured), errors.As(err, &file): // of the group: the error names the file
	case errors.Is(err, unix.EAGAIN):
		return lang.WithCure(err, tooFewProcesses)
	case errors.Is(err, unix.EPERM) && !mayMakeNamespaces():
		return lang.WithCure(err, lang.Text{
			EN: "new namespaces take root with CAP_SYS_ADMIN, which a container keeps back: use a virtual machine (scripts/setup-vm.sh up)",
			ZH: "新建命名空间需要带 CAP_SYS_ADMIN 的 root，容器默认不给：请用虚拟机（scripts/setup-vm.sh up）",
		})
	case errors.Is(err, unix.EINVAL) && !rootIsAMount():
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
	return lang.WithCure(err, host.Forbidden(err))
}

// mayMakeNamespaces reports whether we have CAP_SYS_ADMIN, clone(2).
func mayMakeNamespaces() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	return unix.Capget(&header, &sets[0]) == nil && sets[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// rootIsAMount reports whether / is a mount point, which making it private takes.
func rootIsAMount() bool {
	var root unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, "/", 0, 0, &root)
	return err != nil || root.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
