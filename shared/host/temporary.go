package host

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mydocker.example/shared/lang"
)

// Temporary checks that a lesson can make its directory where temporary files go.
func Temporary() Check { return temporary(false) }

// TemporaryPrograms checks that as well, and that a program in there can be
// started: a file system mounted noexec refuses that.
func TemporaryPrograms() Check { return temporary(true) }

func temporary(programs bool) Check {
	dir := TempDir()
	c := Check{What: lang.Text{EN: "temporary files", ZH: "临时文件"}, Found: lang.Same(dir)}
	if named := os.Getenv("TMPDIR"); named != "" && filepath.Clean(named) != dir {
		c.Status = Perhaps
		c.Cure = lang.Text{
			EN: "TMPDIR=" + named + " is not used: it is no directory, by its full path, that this user can write to",
			ZH: "没有采用 TMPDIR=" + named + "：它不是一个写成绝对路径、当前用户可写的目录",
		}
	}
	elsewhere := lang.Text{
		EN: "give TMPDIR another directory, on a disk with room that is not mounted noexec: mkdir -p ~/tmp; export TMPDIR=~/tmp",
		ZH: "请把 TMPDIR 换成另一个目录，所在的盘要有空间、且不是以 noexec 挂载的：mkdir -p ~/tmp; export TMPDIR=~/tmp",
	}
	var own, program string
	remove := func() { // before anybody is told to look there
		os.Remove(program)
		os.Remove(own)
	}
	fail := func(err error) Check {
		remove()
		return c.Failed(lang.WithCure(err, elsewhere))
	}
	if strings.ContainsAny(dir, "\t\n") {
		return fail(lang.Errorf(lang.Text{EN: "TMPDIR=%q: there is a tab or a line break in it", ZH: "TMPDIR=%q：里面有制表符或换行"}, dir))
	}
	var err error
	if own, err = os.MkdirTemp(dir, "mydocker-doctor-"); err != nil {
		return fail(err)
	}
	defer remove()
	if !programs {
		return c
	}
	program = filepath.Join(own, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
		return fail(err)
	}
	if err := exec.Command(program).Run(); errors.Is(err, os.ErrPermission) {
		return fail(lang.Errorf(lang.Text{
			EN: "TMPDIR is %s, where no program can be started: %v", ZH: "TMPDIR 是 %s，那里不能启动程序：%v",
		}, dir, errors.Unwrap(err)))
	}
	return c
}
