//go:build linux

package inside

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// enterRootfs makes the root file system the container's /, and lets go of
// the host's. Unlike chroot(2), which moves only this process's idea of /,
// pivot_root(2) moves the root mount of the whole mount namespace: afterwards
// there is no path that leads out.
func (p initProcess) enterRootfs() error {
	if p.Rootfs != "" {
		if err := pivot(p.Rootfs); err != nil {
			return err
		}
		p.narrator.Say("cd %s; mount --rbind . .; pivot_root . .; umount -l .", p.Rootfs)
		if err := p.makeDirectories(); err != nil {
			return err
		}
	}
	// No file system of the container's may hold a device: root in it can
	// mknod(2) the host's disk, and this is what keeps it from opening that.
	attr, line := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NODEV}, "mount -o remount,nodev /"
	if p.ReadOnly {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
		line = "mount -o remount,nodev,ro /"
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &attr); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	p.narrator.Did(line)
	return nil
}

// makeDirectories makes what will be mounted on, and the working directory: the root
// may be read-only in a moment.
func (p initProcess) makeDirectories() error {
	defer unix.Umask(unix.Umask(0o022)) // docker's
	mountPoints := []string{"/proc", "/sys", "/dev"}
	for _, dir := range mountPoints {
		if err := makeMountPoint(dir); err != nil {
			return fmt.Errorf("in the rootfs: %w", err)
		}
	}
	if err := makeFiles("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"); err != nil {
		return fmt.Errorf("in the rootfs: %w", err)
	}
	if isIn(p.Workdir, mountPoints...) {
		return nil // it will be hidden by what is mounted there
	}
	return p.makeWorkdir()
}

// isIn reports whether a path is one of these directories or leads below it.
func isIn(path string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(path+"/", dir+"/") })
}

// makeFiles makes files to mount on where there are none. On a rootfs that can't be
// written there are those that it has.
func makeFiles(paths ...string) error {
	for _, path := range paths {
		target, err := follow(path)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o755)
		}
		if err == nil {
			var file *os.File
			if file, err = os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644); err == nil {
				err = file.Close()
			}
		}
		if err != nil && !errors.Is(err, os.ErrExist) && !errors.Is(err, unix.EROFS) {
			return lang.WithCure(err, fileInTheWay(err))
		}
	}
	return nil
}

// fileInTheWay says what to do where a rootfs has a file where a directory is to be, the
// other way round, or links that lead nowhere.
func fileInTheWay(err error) lang.Text {
	if !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.ELOOP) {
		return lang.Text{}
	}
	return lang.Text{
		EN: "something else has that name in the rootfs: ls -ld shows what; remove or rename it there",
		ZH: "rootfs 里这个名字已经被别的东西占了：用 ls -ld 看看是什么，再删掉它或改名",
	}
}

// makeMountPoint makes a directory where there is none. A symbolic link is
// refused: what is mounted through it lies elsewhere, and maskPaths, which goes
// by the path, finds nothing to mask once the link is covered (CVE-2019-19921).
func makeMountPoint(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if errors.Is(err, unix.EROFS) {
		return lang.WithCure(err, lang.Text{
			EN: "its file system is read-only: make proc, sys and dev there first",
			ZH: "它所在的文件系统只读：请先在里面建好 proc、sys 和 dev",
		})
	}
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		err = lang.WithCure(lang.Errorf(lang.Text{EN: "%s: not a directory", ZH: "%s：不是目录"}, dir), lang.Text{
			EN: "it must be one, and no symbolic link: the container's own file system is mounted there",
			ZH: "它必须是目录，也不能是符号链接：容器自己的文件系统要挂在这里",
		})
	}
	return err
}

// pivot makes dir the root. pivot_root wants its new root to be a mount point,
// and the old one can be put under the new one without a directory for it:
// with ".", it comes to lie on top (NOTES in pivot_root(2)).
func pivot(dir string) error {
	if err := unix.Mount(dir, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount --rbind %s %[1]s: %w", dir, err)
	}
	if err := unix.Chdir(dir); err != nil {
		return fmt.Errorf("cd %s: %w", dir, err)
	}
	switch err := unix.PivotRoot(".", "."); {
	case errors.Is(err, unix.EINVAL):
		return lang.WithCure(fmt.Errorf("pivot_root %s: %w", dir, err), lang.Text{
			EN: "the present root must be a mount of its own, not an initramfs (rootfs) or a chroot: see /proc/self/mountinfo",
			ZH: "当前的根必须是单独的挂载，不能是 initramfs（rootfs）或 chroot：请看 /proc/self/mountinfo",
		})
	case err != nil:
		return fmt.Errorf("pivot_root %s: %w", dir, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("umount the old root: %w", err)
	}
	return unix.Chdir("/")
}
