//go:build linux

// Package rootfs is mydocker rootfs: a small root file system from this machine's
// files.
package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// Main is the sub-command rootfs: a minimal root file system, made of
// what this machine has, so that no image need be downloaded.
func Main(args []string) int {
	language := lang.FromEnv(os.Getenv)
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		usage := lang.Text{EN: "Usage: mydocker rootfs DIR", ZH: "用法：mydocker rootfs 目录"}
		if len(args) == 1 && (args[0] == "-h" || args[0] == "--help") {
			fmt.Println(usage.In(language))
			return 0
		}
		between.Complain(lang.WithCure(lang.Errorf(lang.Text{EN: "rootfs: one directory, please", ZH: "rootfs：要写一个目录"}), usage), language)
		return between.StatusOurs
	}
	unix.Umask(0o022) // a container's other users are to read it too
	what, err := fill(args[0])
	if err != nil {
		between.Complain(err, language)
		return between.StatusOurs
	}
	said := lang.Text{EN: args[0] + ": " + what.EN, ZH: args[0] + "：" + what.ZH}
	if os.Getenv(ledger.Marker) == "" { // a lesson's directory goes with the lesson
		now := host.Start("day3-framework", true, "run", "-it", "--rootfs", args[0], "sh")
		said = lang.Text{EN: said.EN + "; now: " + now, ZH: said.ZH + "；接下来：" + now}
	}
	fmt.Println(said.In(language))
	return 0
}

// fill makes the root file system and says what is in it.
func fill(dir string) (lang.Text, error) {
	busybox, err := exec.LookPath("busybox")
	if err != nil || !isStatic(busybox) {
		busybox = ""
		if _, err := exec.LookPath("ldd"); err != nil { // before anything is made
			return lang.Text{}, lang.WithCure(err, lang.Text{
				EN: "without it nobody knows a program's libraries; a static busybox needs none: " + installBox() + ". Or is PATH the wrong one?",
				ZH: "没有它就不知道程序要哪些库；静态的 busybox 不需要库：" + installBox() + "。也可能是 PATH 不对",
			})
		}
	}
	if err := makeEmptyDir(dir); err != nil {
		return lang.Text{}, err
	}
	what, err := fillEmptyDir(dir, busybox)
	if err != nil { // leave it empty, for another try
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return what, err
}

func installBox() string { return host.AsRoot("apt-get install busybox-static") }

// fillEmptyDir takes busybox, or this machine's programs where that is "".
func fillEmptyDir(dir, busybox string) (lang.Text, error) {
	if err := makeTree(dir); err != nil {
		return lang.Text{}, err
	}
	if busybox != "" {
		n, err := installBusybox(busybox, dir)
		return lang.Text{
			EN: fmt.Sprintf("busybox under its %d names", n),
			ZH: fmt.Sprintf("busybox，共 %d 个命令", n),
		}, err
	}
	n, err := installPrograms(dir)
	return lang.Text{
		EN: fmt.Sprintf("a shell and %d more programs with their libraries (a static busybox would be smaller: "+installBox()+")", n-1),
		ZH: fmt.Sprintf("一个 shell、另外 %d 个程序和它们的库（静态的 busybox 更小："+installBox()+"）", n-1),
	}, err
}

// makeTree makes the directories, and the few files that programs look for.
func makeTree(dir string) error {
	for _, sub := range []string{"bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr/bin", "var"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(dir, "tmp"), 0o777|fs.ModeSticky); err != nil {
		return err
	}
	for file, content := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
		"etc/group":  "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
		"etc/hosts":  "127.0.0.1 localhost\n::1 localhost\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// makeEmptyDir makes a directory, unless there is an empty one.
func makeEmptyDir(dir string) error {
	another := lang.Text{
		EN: "name a directory that is empty or not there yet",
		ZH: "请给一个空的或还不存在的目录",
	}
	err := os.Mkdir(dir, 0o755)
	if dir != "" && errors.Is(err, fs.ErrNotExist) {
		return lang.WithCure(err, lang.Text{EN: "make the directory above it first", ZH: "先建好它的上一级目录"})
	}
	if dir != "" && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = lang.Errorf(lang.Text{EN: "%s: not empty", ZH: "%s：不是空目录"}, dir)
	}
	return lang.WithCure(err, another)
}

// installBusybox copies busybox and links to it every name that it answers to.
func installBusybox(busybox, dir string) (int, error) {
	if err := copyFile(busybox, filepath.Join(dir, "bin/busybox")); err != nil {
		return 0, err
	}
	list, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return 0, fmt.Errorf("%s --list: %w", busybox, err)
	}
	names := strings.Fields(string(list))
	for _, name := range names {
		err := os.Symlink("busybox", filepath.Join(dir, "bin", name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return 0, err
		}
	}
	return len(names), nil
}

// installPrograms copies a shell and what one looks around with, as far as
// this machine has them, with the libraries that they load.
func installPrograms(dir string) (int, error) {
	copied := 0
	for _, name := range []string{"sh", "ls", "cat", "echo", "ps", "id", "hostname", "mount", "mkdir", "rm", "sleep", "true", "false", "stty", "env", "unshare"} {
		program, err := exec.LookPath(name)
		if err != nil && name != "sh" {
			continue
		}
		if err != nil {
			return 0, err
		}
		libraries, err := librariesOf(program)
		if err != nil {
			return 0, err
		}
		if err := copyFile(program, filepath.Join(dir, "bin", name)); err != nil {
			return 0, err
		}
		for _, library := range libraries {
			if err := copyFile(library, filepath.Join(dir, library)); err != nil {
				return 0, err
			}
		}
		copied++
	}
	return copied, nil
}

// isStatic reports whether a program loads no library. Where there is no ldd to
// ask, it is taken to load none.
func isStatic(program string) bool {
	libraries, err := librariesOf(program)
	return len(libraries) == 0 && (err == nil || errors.Is(err, exec.ErrNotFound))
}

// librariesOf asks ldd(1) which libraries a program loads: in its lines, a
// library is the word that begins with a slash. For a static program it ends
// with a status of 1.
func librariesOf(program string) ([]string, error) {
	output, err := exec.Command("ldd", program).Output()
	var static *exec.ExitError
	if err != nil && (!errors.As(err, &static) || static.ExitCode() != 1) {
		return nil, fmt.Errorf("ldd %s: %w", program, err)
	}
	return slices.DeleteFunc(strings.Fields(string(output)), func(word string) bool {
		return !strings.HasPrefix(word, "/")
	}), nil
}

// copyFile copies a program or library; one that is there already stays.
func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
