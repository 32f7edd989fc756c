package shell

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// Unshare gives the lesson a mount namespace of its own in which every mount
// is private: what is mounted from here on is invisible outside and goes with
// the lesson, even after a SIGKILL. The namespace is the calling thread's, so
// the lesson must run on one thread, the first: the chapter's main.go sees to it.
func (sh *Shell) Unshare() {
	sh.Command("unshare --mount --propagation private")
	sh.Must(explainMount("unshare --mount", unix.Unshare(unix.CLONE_NEWNS)))
	sh.Must(explainMount("mount --make-rprivate /", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")))
}

// MountCgroup mounts a cgroup v1 hierarchy that has a name and no controller.
func (sh *Shell) MountCgroup(name, dir string) {
	line := fmt.Sprintf("mount -t cgroup -o none,name=%s %s ./%s", name, name, dir)
	sh.Command(line)
	sh.record(ledger.Hierarchy, name)
	sh.record(ledger.Mount, sh.path(dir))
	sh.Must(explainMount(line, unix.Mount(name, sh.path(dir), "cgroup", 0, "none,name="+name)))
}

// UmountCgroup takes such a mount away, and with it the hierarchy.
func (sh *Shell) UmountCgroup(name, dir string) {
	sh.Command("umount " + Quote(dir))
	sh.Must(explainMount("umount "+dir, ledger.UmountHierarchy(name, sh.path(dir))))
}

func explainMount(doing string, err error) error {
	if err == nil {
		return nil
	}
	cure := host.Forbidden(err)
	switch {
	case errors.Is(err, unix.EPERM):
		cure = host.TakesRoot
	case strings.HasPrefix(doing, "mount -t cgroup") && (errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EINVAL)):
		cure = lang.Text{
			EN: "this kernel has cgroup v1 compiled out or switched off (cgroup_no_v1=named); a Debian kernel has it: scripts/setup-vm.sh up",
			ZH: "这个内核没有编入 cgroup v1，或用 cgroup_no_v1=named 关掉了；Debian 的内核有：scripts/setup-vm.sh up",
		}
	case strings.HasPrefix(doing, "mount --make-") && errors.Is(err, unix.EINVAL):
		cure = lang.Text{
			EN: "/ is no mount of its own here: this is a chroot; mount --bind the directory on itself before the chroot",
			ZH: "这里的 / 不是一个单独的挂载：身处 chroot 里；请在 chroot 之前先用 mount --bind 把那个目录绑定到它自己",
		}
	case strings.HasPrefix(doing, "umount") && errors.Is(err, unix.EINVAL):
		cure = lang.Text{
			EN: "nothing is mounted there: somebody has unmounted it meanwhile",
			ZH: "那里什么也没挂：有人已经把它卸掉了",
		}
	case strings.HasPrefix(doing, "umount") && errors.Is(err, unix.EBUSY):
		cure = lang.Text{
			EN: "something still uses it: a shell whose working directory lies in it, perhaps",
			ZH: "还有东西在用它：也许是某个 shell 的当前目录就在里面",
		}
	}
	return lang.WithCure(fmt.Errorf("%s: %w", doing, err), cure)
}
