//go:build linux

package inside

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// makeWorkdir makes the working directory, as docker does where it is missing, but
// never among the host's files.
func (p initProcess) makeWorkdir() error {
	if p.Rootfs == "" {
		return nil
	}
	dir, err := follow(p.Workdir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	switch {
	case isIn(dir, "/proc", "/sys"):
		err = lang.WithCure(err, lang.Text{
			EN: "the kernel's file systems take no new directories: name another",
			ZH: "内核的文件系统里建不了目录：请换一个",
		})
	case errors.Is(err, unix.EROFS):
		err = lang.WithCure(err, lang.Text{
			EN: "its file system is read-only: make the directory there first",
			ZH: "它所在的文件系统只读：请先在里面建好这个目录",
		})
	}
	if err != nil {
		return fmt.Errorf("--workdir: %w", lang.WithCure(err, fileInTheWay(err)))
	}
	return nil
}

// enterWorkdir goes to the working directory, which on a file system of the
// container's own, below /dev say, could not be made before.
func (p initProcess) enterWorkdir() error {
	unix.Umask(0o022) // docker's, for what is made from here on
	if err := p.makeWorkdir(); err != nil {
		return err
	}
	if err := os.Chdir(p.Workdir); err != nil {
		return lang.WithCure(fmt.Errorf("--workdir: %w", err), lang.Text{
			EN: "name a directory that is there; without --workdir the command begins in /",
			ZH: "请写一个存在的目录；不写 --workdir，命令就从 / 开始",
		})
	}
	p.narrator.Say("cd %s", p.Workdir)
	return checkInside()
}

// checkInside makes sure that the working directory is below the container's
// root. A path through a file descriptor that was left open can lead
// elsewhere, /proc/self/fd/9 (CVE-2024-21626); getcwd(2) then says so.
func checkInside() error {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Getcwd(buffer)
	if err != nil {
		return fmt.Errorf("getcwd: %w", err)
	}
	if strings.HasPrefix(string(buffer[:n]), "(unreachable)") {
		return lang.Errorf(lang.Text{EN: "--workdir leads out of the container", ZH: "--workdir 通到容器外面去了"})
	}
	return nil
}
