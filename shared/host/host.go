// Package host says what machine this is and what it allows. Each check looks
// at one thing and, where it is missing, says what to do.
package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/docker/go-units"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// A Status is how a check came out.
type Status int

const (
	Yes     Status = iota
	Perhaps        // the lesson works, but there is something to know
	No             // the lesson can't work
)

// A Check is one thing about the machine.
type Check struct {
	What   lang.Text
	Status Status
	Found  lang.Text // what there is
	Cure   lang.Text // what to do, unless the status is Yes

	Fatal     bool // without it the checks that follow make no sense
	WantsRoot bool // being root would cure it
}

// Failed is the check with what went wrong and what to do about it.
func (c Check) Failed(err error) Check {
	c.Status = No
	c.Found.EN, c.Cure.EN = lang.Explain(err, lang.English)
	c.Found.ZH, c.Cure.ZH = lang.Explain(err, lang.Chinese)
	return c
}

// WithoutRoot is the check that was not tried, because it takes root.
func (c Check) WithoutRoot(status Status) Check {
	c.Status, c.WantsRoot = status, status == No
	c.Found = lang.Text{EN: "not tried, it takes root", ZH: "没有试，这需要 root"}
	c.Cure = lang.Text{EN: "try doctor again as root", ZH: "请以 root 身份再运行一次 doctor"}
	return c
}

// Linux checks the operating system.
func Linux() Check {
	c := Check{What: lang.Text{EN: "operating system", ZH: "操作系统"}, Fatal: true}
	if runtime.GOOS != "linux" {
		c.Status, c.Found = No, lang.Same(runtime.GOOS)
		c.Cure = lang.Text{
			EN: "namespaces and cgroups are the Linux kernel's; scripts/setup-vm.sh up makes a Linux machine to practise on (on Windows: in WSL2, or with multipass)",
			ZH: "命名空间和 cgroup 是 Linux 内核的功能；运行 scripts/setup-vm.sh up 可得到一台练习用的 Linux（Windows 上请用 WSL2 或 multipass）",
		}
		return c
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	c.Found = lang.Same("Linux " + strings.TrimSpace(string(release)) + ", " + runtime.GOARCH)
	return c
}

// Root returns the check for root's rights, for the chapter in this directory.
func Root(chapter string) func() Check {
	return func() Check {
		c := Check{What: lang.Same("root")}
		uid := os.Geteuid()
		c.Found = lang.Same("uid " + strconv.Itoa(uid))
		switch {
		case uid != 0:
			again := Start(chapter, true)
			c.Status, c.WantsRoot = No, true
			c.Cure = lang.Text{EN: "start it as root: " + again, ZH: "请以 root 身份开始：" + again}
			if strings.HasPrefix(again, "go run -exec") {
				c.Cure.EN += " (go itself still runs as you)"
				c.Cure.ZH += "（go 本身仍以你的身份运行）"
			}
		case !isMachinesRoot():
			c.Status = No
			c.Found = lang.Text{EN: "uid 0 of a user namespace, not of the machine", ZH: "uid 0，但只是用户命名空间里的 root，不是这台机器的"}
			c.Cure = lang.Text{
				EN: "leave the namespace, or the rootless container, that you are in and start it as the machine's root",
				ZH: "请退出现在所在的命名空间（或 rootless 容器），以这台机器的 root 身份开始",
			}
		case !mayAdminister():
			c.Status = No
			c.Found = lang.Text{EN: "uid 0, without the capability CAP_SYS_ADMIN", ZH: "uid 0，但没有权能 CAP_SYS_ADMIN"}
			c.Cure = lang.Text{
				EN: "a container keeps it back: start the container with --privileged, or use a virtual machine: scripts/setup-vm.sh up",
				ZH: "容器默认不给这项权能：请以 --privileged 启动容器，或用虚拟机：scripts/setup-vm.sh up",
			}
		}
		return c
	}
}

// IsRoot reports whether this process is the machine's root, with root's rights.
func IsRoot() bool { return os.Geteuid() == 0 && isMachinesRoot() && mayAdminister() }

// Groups returns the check for the right to make groups with the controller, for
// the chapter in this directory: root has it, and on v2 whoever is in a group that
// was delegated to them.
func Groups(chapter, controller string) func() Check {
	return func() Check {
		c := Root(chapter)()
		h, err := cgroup.Find(controller)
		if c.Status == Yes || err != nil || h.Version != cgroup.V2 {
			return c
		}
		if top := h.Top(); cgroup.Delegated(top) && cgroup.Offers(top, controller) {
			c.Status, c.WantsRoot = Perhaps, false
			c.Found.EN += ", in a group that was delegated: " + top
			c.Found.ZH += "，所在的组已委派给你：" + top
			c.Cure = lang.Text{
				EN: "steps that mount something are left out: they take root",
				ZH: "要挂载东西的步骤会跳过：那需要 root",
			}
			return c
		}
		if _, err := exec.LookPath("systemd-run"); err == nil && exists("/run/systemd/system") && os.Geteuid() != 0 {
			inScope := "systemd-run --user --scope " + Start(chapter, false)
			c.Cure.EN += "; or without root: " + inScope
			c.Cure.ZH += "；不用 root 也行：" + inScope
		}
		return c
	}
}

// Kind says whether this is a container, WSL, a chroot, or a machine of its own.
func Kind() Check {
	c := Check{What: lang.Text{EN: "kind of machine", ZH: "机器类型"}}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	switch {
	case strings.Contains(strings.ToLower(string(release)), "microsoft"):
		c.Found = lang.Same("WSL")
		if strings.Contains(string(release), "WSL2") || exists("/run/WSL") {
			c.Found = lang.Same("WSL2")
			break
		}
		c.Status = No
		c.Cure = lang.Text{EN: "WSL1 has no Linux kernel: wsl --set-version DISTRIBUTION 2", ZH: "WSL1 没有 Linux 内核：wsl --set-version 发行版名 2"}
	case inChroot():
		c.Status, c.Found = Perhaps, lang.Text{EN: "a chroot", ZH: "chroot 里面"}
		c.Cure = lang.Text{
			EN: "in a chroot nobody may make a user namespace or exchange the root, user_namespaces(7), pivot_root(2): those steps fail; outside it, or in a virtual machine (scripts/setup-vm.sh up), they work",
			ZH: "身处 chroot，谁也不能新建用户命名空间、更换根（user_namespaces(7)、pivot_root(2)），用到它们的步骤会失败；到 chroot 外面，或在虚拟机里（scripts/setup-vm.sh up）就可以",
		}
	case exists("/.dockerenv") || exists("/run/.containerenv") || os.Getenv("container") != "":
		c.Status, c.Found = Perhaps, lang.Text{EN: "a container", ZH: "容器"}
		c.Cure = lang.Text{
			EN: "works only where the container was started with --privileged; else use a virtual machine: scripts/setup-vm.sh up",
			ZH: "只有以 --privileged 启动的容器才行；否则请用虚拟机：scripts/setup-vm.sh up",
		}
	default:
		c.Found = lang.Text{EN: "a machine of its own (or a virtual one)", ZH: "独立的机器（或虚拟机）"}
	}
	return c
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Proc checks that /proc is this machine's. It is not where somebody mounted
// another PID namespace's proc over it.
func Proc() Check {
	c := Check{What: lang.Same("/proc")}
	self, err := os.Readlink("/proc/self")
	if err != nil {
		c.Status, c.Found, c.Fatal = No, lang.Same(err.Error()), true
		c.Cure = lang.Text{
			EN: "another container's proc covers it, left by a program that mounted it on a shared root; take it away: umount /proc",
			ZH: "它被另一个容器的 proc 盖住了，是某个程序在共享挂载的根上挂 proc 造成的；拿掉它：umount /proc",
		}
		return c
	}
	c.Found = lang.Text{EN: "shows this process, " + self, ZH: "能看到本进程 " + self}
	switch {
	case !exists("/proc/sys"):
		c.Status, c.Fatal = No, true
		c.Found = lang.Text{EN: "shows processes alone (mounted with subset=pid)", ZH: "只显示进程（以 subset=pid 挂载）"}
		c.Cure = lang.Text{
			EN: "mount a whole one over it, as root: mount -t proc proc /proc; afterwards umount /proc",
			ZH: "以 root 身份在上面再挂一个完整的：mount -t proc proc /proc；用完 umount /proc",
		}
	case !exists("/proc/1"):
		c.Status = Perhaps
		c.Cure = lang.Text{
			EN: "it hides other users' processes (mounted with hidepid): what the lesson lists are yours",
			ZH: "它不显示别的用户的进程（以 hidepid 挂载）：课程里列出的都是你自己的",
		}
	}
	return c
}

// Hostname checks that the program is there: Arch Linux does not install it by
// itself.
func Hostname() Check {
	c := Check{What: lang.Same("hostname")}
	path, err := exec.LookPath("hostname")
	if err != nil {
		c.Status, c.Found = No, lang.Text{EN: "not installed", ZH: "没有安装"}
		c.Cure = lang.Text{
			EN: "install it: the package hostname, or inetutils on Arch Linux",
			ZH: "请安装：软件包叫 hostname，Arch Linux 上是 inetutils",
		}
		return c
	}
	c.Found = lang.Same(path)
	return c
}

// Namespaces checks that this user may make namespaces: root may, an ordinary
// user in a user namespace, where the kernel lets them.
func Namespaces() Check {
	c := Check{What: lang.Text{EN: "namespaces", ZH: "命名空间"}}
	err := tryNamespaces()
	switch {
	case err == nil && os.Geteuid() == 0:
		c.Found = lang.Text{EN: "as root", ZH: "以 root 身份"}
	case err == nil:
		c.Found = lang.Text{EN: "in a user namespace, without root", ZH: "在用户命名空间里，不需要 root"}
	default:
		c.WantsRoot = os.Geteuid() != 0 && !errors.Is(err, exec.ErrNotFound)
		return c.Failed(lang.WithCure(err, whyNoNamespaces(err)))
	}
	return c
}

// whyNoNamespaces looks at what may have forbidden them: clone(2) and
// user_namespaces(7). Where it does not know it says nothing.
func whyNoNamespaces(err error) lang.Text {
	orRoot := lang.Text{}
	if os.Geteuid() != 0 {
		orRoot = lang.Text{EN: ", or start the lesson as root", ZH: "；或以 root 身份开始"}
	}
	asRoot := func(command string) lang.Text {
		return lang.Text{EN: command + " as root" + orRoot.EN, ZH: "以 root 执行 " + command + orRoot.ZH}
	}
	var ended *exec.ExitError
	saidByMount := errors.As(err, &ended)
	forbidden := Forbidden(err)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return lang.Text{
			EN: "PATH is " + os.Getenv("PATH") + ": it lacks a directory, else install util-linux",
			ZH: "PATH 是 " + os.Getenv("PATH") + "：里面少了目录；不然就请安装 util-linux",
		}
	case errors.Is(err, syscall.ENOSPC) && lowestLimit() != "":
		return asRoot("sysctl -w user." + lowestLimit() + "=10000")
	case errors.Is(err, syscall.ENOSPC):
		return lang.Text{
			EN: "there are as many namespaces as one of the limits in /proc/sys/user allows, or 32 user namespaces one in the other",
			ZH: "命名空间的数目到了 /proc/sys/user 里某个上限，或用户命名空间已嵌套 32 层",
		}
	case errors.Is(err, syscall.EAGAIN):
		return lang.Text{
			EN: "this user has as many processes as they may: end some, or see ulimit -u",
			ZH: "这个用户的进程数已到上限：请结束一些，或看看 ulimit -u",
		}
	case errors.Is(err, syscall.EINVAL) && !cgroup.IsMountPoint("/"):
		return lang.Text{
			EN: "/ is no mount of its own here: this is a chroot; mount --bind the directory on itself before the chroot",
			ZH: "这里的 / 不是一个单独的挂载：身处 chroot 里；请在 chroot 之前先用 mount --bind 把那个目录绑定到它自己",
		}
	case forbidden.EN != "":
		return forbidden
	case !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES) && !saidByMount:
		return lang.Text{}
	}
	for setting, forbids := range map[string]string{"kernel.unprivileged_userns_clone": "0", "kernel.apparmor_restrict_unprivileged_userns": "1"} {
		value, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(setting, ".", "/"))
		if err == nil && strings.TrimSpace(string(value)) == forbids && os.Geteuid() != 0 {
			allows := map[string]string{"0": "1", "1": "0"}[forbids]
			return asRoot("sysctl -w " + setting + "=" + allows)
		}
	}
	return lang.Text{
		EN: "a chroot forbids it, or a container by seccomp, capabilities or a masked /proc: use a virtual machine (scripts/setup-vm.sh up), or start the container with --privileged",
		ZH: "也许身处 chroot，也许容器用 seccomp、权能（capability）或遮住的 /proc 禁止了它：请用虚拟机（scripts/setup-vm.sh up），或以 --privileged 启动容器",
	}
}

// TakesRoot says what to do where the kernel wants CAP_SYS_ADMIN, and says EPERM.
var TakesRoot = lang.Text{
	EN: "it takes root with CAP_SYS_ADMIN, which a container keeps back: use a virtual machine (scripts/setup-vm.sh up) or start the container with --privileged",
	ZH: "这需要带 CAP_SYS_ADMIN 的 root，容器默认不给：请用虚拟机（scripts/setup-vm.sh up），或以 --privileged 启动容器",
}

// Cgroups says which cgroup version the machine has.
func Cgroups() Check {
	c := Check{What: lang.Same("cgroup")}
	all, err := cgroup.Mounted()
	if err != nil {
		c.Status, c.Found, c.Cure = No, lang.Same(err.Error()), noCgroup
		return c
	}
	mode := cgroup.Mode(all)
	switch mode {
	case "none":
		c.Status, c.Found, c.Cure = No, lang.Text{EN: "none is mounted", ZH: "一个也没挂载"}, noCgroup
	case "hybrid":
		c.Found = lang.Text{EN: "hybrid: v1 and v2 side by side, each controller in one of them", ZH: "混合（hybrid）：v1 和 v2 并存，每个控制器只属于其中一个"}
	default:
		c.Found = lang.Same(mode)
	}
	return c
}

var noCgroup = lang.Text{
	EN: "mount -t cgroup2 none /sys/fs/cgroup, or use a virtual machine: scripts/setup-vm.sh up",
	ZH: "执行 mount -t cgroup2 none /sys/fs/cgroup，或用虚拟机：scripts/setup-vm.sh up",
}

// Controller returns the check for one controller.
func Controller(name string) func() Check {
	return func() Check {
		c := Check{What: lang.Text{EN: "controller " + name, ZH: "控制器 " + name}}
		h, err := cgroup.Find(name)
		if err != nil {
			return c.Failed(err)
		}
		if _, err := h.Own(); err != nil {
			return c.Failed(err)
		}
		c.Found = lang.Text{EN: "cgroup " + h.Version.String() + ", on " + h.Mount, ZH: "cgroup " + h.Version.String() + "，挂在 " + h.Mount}
		return c
	}
}

// Writable returns the check that groups can be made where these controllers are: it
// makes one in each place and removes it.
func Writable(controllers ...string) func() Check {
	return func() Check {
		c := Check{What: lang.Text{EN: "making a cgroup", ZH: "新建控制组"}}
		var made []string
		for _, controller := range controllers {
			h, err := cgroup.Find(controller)
			if err != nil {
				continue // which the check of the controller says
			}
			if os.Geteuid() != 0 && h.Top() == h.Mount {
				return c.WithoutRoot(Perhaps)
			}
			if fullOfProcesses(h, controller) {
				return c.Failed(cgroup.Explain("write", filepath.Join(h.Top(), h.Version.Names().Enable), syscall.EBUSY))
			}
			dir := filepath.Join(h.Top(), fmt.Sprintf("mydocker-doctor-%d", os.Getpid()))
			if slices.Contains(made, dir) {
				continue
			}
			if err := cgroup.Explain("mkdir", dir, os.Mkdir(dir, 0o755)); err != nil {
				return c.Failed(err)
			}
			if err := cgroup.Remove(dir); err != nil {
				return c.Failed(err)
			}
			made = append(made, dir)
		}
		if len(made) == 0 {
			c.Status, c.Found = Perhaps, lang.Text{EN: "not tried, there is no place for it", ZH: "没有试，没有能建的地方"}
			return c
		}
		list := strings.Join(made, " ")
		c.Found = lang.Text{EN: "made " + list + " and removed it", ZH: "建了 " + list + "，又删了"}
		return c
	}
}

// fullOfProcesses reports whether the controller can't be enabled for the groups
// that we would make because their parent has processes, as the group has that a
// container takes for the root. The real root may have some: it has no cgroup.type.
func fullOfProcesses(h cgroup.Hierarchy, controller string) bool {
	if h.Version == cgroup.V1 {
		return false
	}
	on, _ := cgroup.Enabling{Dir: h.Top(), Controller: controller}.Enabled()
	procs, _ := cgroup.Procs(h.Top())
	return exists(filepath.Join(h.Top(), "cgroup.type")) && len(procs) > 0 && !on
}

// Swap says whether memory can be swapped out, which is a way around a limit
// on memory alone.
func Swap() Check {
	c := Check{What: lang.Text{EN: "swap", ZH: "交换区（swap）"}}
	if cgroup.SwapIsOn() {
		c.Found = lang.Text{EN: "on; the lesson limits it too, or the load would hide there", ZH: "已开启；课程会一并限制它，否则负载会躲进去"}
		return c
	}
	c.Found = lang.Text{EN: "none", ZH: "没有"}
	return c
}

// Stress says which load the lesson will use.
func Stress() Check {
	c := Check{What: lang.Text{EN: "load", ZH: "负载"}}
	path, err := exec.LookPath("stress")
	if err != nil {
		install := AsRoot("apt-get install stress")
		c.Found = lang.Text{EN: "the built-in one (stress, as in the article: " + install + ")", ZH: "内置负载（若要文章里的 stress：" + install + "）"}
		return c
	}
	c.Found = lang.Same(path)
	return c
}

// Memory returns the check that so many bytes of memory are free.
func Memory(need func() int64) func() Check {
	return func() Check {
		c := Check{What: lang.Text{EN: "free memory", ZH: "可用内存"}}
		free, need := Available(), need()
		c.Found = lang.Same(units.BytesSize(float64(free)))
		if free < need {
			c.Status = No
			c.Cure = lang.Text{
				EN: "the load may take " + units.BytesSize(float64(need)) + "; choose a smaller --mem, or end other programs",
				ZH: "负载可能用到 " + units.BytesSize(float64(need)) + "；请用更小的 --mem，或关掉别的程序",
			}
		}
		return c
	}
}

// Available returns the memory that a lesson's groups can have without swapping,
// in bytes: MemAvailable in proc_meminfo(5), or less where a group above them, a
// container's say, has a limit.
func Available() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "MemAvailable:"); found {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return min(kib<<10, cgroup.Room())
		}
	}
	return 0
}
