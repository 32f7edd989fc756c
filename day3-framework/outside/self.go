//go:build linux

package outside

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// openSelf opens this program as init is to see it: through a mount of one
// file that is read-only and attached nowhere.
//
// Inside the container, /proc/PID/exe of init leads to the file that init was
// executed from. A command that is a script beginning with #!/proc/self/exe
// even runs it. Were it the host's file, root in the container could write
// another program into it, which the host would then run as root
// (CVE-2019-5736). Through this mount nobody can, and whoever lacks
// CAP_SYS_ADMIN can't change the mount.
func openSelf() (*os.File, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, "/proc/self/exe", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return nil, explainSelf(fmt.Errorf("open_tree /proc/self/exe: %w", err))
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOSUID}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, readOnly); err != nil {
		unix.Close(fd)
		return nil, explainSelf(fmt.Errorf("mount_setattr: %w", err))
	}
	return os.NewFile(uintptr(fd), "/proc/self/exe"), nil
}

func explainSelf(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		return lang.WithCure(err, lang.Text{
			EN: "another container's proc covers /proc, left by a program that mounted it on a shared root; take it away: umount /proc",
			ZH: "/proc 被另一个容器的 proc 盖住了，是某个程序在共享挂载的根上挂 proc 造成的；拿掉它：umount /proc",
		})
	case errors.Is(err, unix.ENOSYS):
		return lang.WithCure(err, lang.Text{
			EN: "this takes Linux 5.12 (2021) or newer: use a virtual machine, scripts/setup-vm.sh up",
			ZH: "需要 Linux 5.12（2021 年）或更新：请用虚拟机，scripts/setup-vm.sh up",
		})
	case errors.Is(err, unix.EPERM):
		return lang.WithCure(err, host.TakesRoot)
	}
	return lang.WithCure(err, host.Forbidden(err))
}

// Check does what each container begins with: it opens this program as
// init is to see it.
func Check() host.Check {
	c := host.Check{
		What:  lang.Text{EN: "a read-only view of mydocker itself", ZH: "mydocker 自己的只读视图"},
		Found: lang.Text{EN: "can be made", ZH: "可以建立"},
	}
	self, err := openSelf()
	switch {
	case err != nil && os.Geteuid() != 0:
		return c.WithoutRoot(host.No)
	case err != nil:
		return c.Failed(err)
	}
	self.Close()
	return c
}
