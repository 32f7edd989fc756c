//go:build linux

package outside

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// checkRootfs looks at a root file system before anything is made, and returns
// its path without symbolic links.
func checkRootfs(dir string) (string, error) {
	cure := lang.Text{
		EN: host.Start("day3-framework", false, "rootfs", "DIR") + " makes one from this machine's programs",
		ZH: host.Start("day3-framework", false, "rootfs", "DIR") + " 能用本机的程序做一个出来（DIR 是目录）",
	}
	if dir == "" {
		return "", lang.WithCure(lang.Errorf(lang.Text{EN: "--rootfs: no directory", ZH: "--rootfs：没有写目录"}), cure)
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", lang.WithCure(fmt.Errorf("--rootfs: %w", err), lang.Text{
			EN: "the directory that you are in has gone: cd to another",
			ZH: "你所在的目录已经没了：请 cd 到别处",
		})
	}
	if path, err = filepath.EvalSymlinks(path); errors.Is(err, fs.ErrNotExist) {
		return "", lang.WithCure(fmt.Errorf("--rootfs: %w", err), cure)
	}
	if err != nil {
		return "", fmt.Errorf("--rootfs: %w", err)
	}
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, unix.ENOTDIR):
		return "", lang.WithCure(lang.Errorf(lang.Text{EN: "--rootfs %s: not a directory", ZH: "--rootfs %s：不是目录"}, dir), cure)
	case err != nil:
		return "", fmt.Errorf("--rootfs: %w", err)
	case len(entries) == 0:
		return "", lang.WithCure(lang.Errorf(lang.Text{EN: "--rootfs %s: an empty directory", ZH: "--rootfs %s：目录是空的"}, dir), cure)
	case path == "/":
		return "", lang.WithCure(lang.Errorf(lang.Text{EN: "--rootfs /: those are the host's own files", ZH: "--rootfs /：那是宿主机自己的文件"}), lang.Text{
			EN: "without --rootfs the container sees them",
			ZH: "不写 --rootfs，容器看到的就是它们",
		})
	}
	return path, nil
}

// sayWhoseFiles warns whoever sits at a terminal and may take the files for an
// image's.
func (o options) sayWhoseFiles() {
	if o.config.Rootfs == "" && (o.interactive || o.config.Terminal) && term.IsTerminal(int(os.Stderr.Fd())) {
		fmt.Fprintln(os.Stderr, lang.Text{
			EN: "mydocker: no --rootfs: the files in here are this machine's own, and root in here can change and remove them",
			ZH: "mydocker：没有 --rootfs：里面的文件就是本机的文件，里面的 root 可以改，也可以删",
		}.In(o.config.Lang))
	}
}
