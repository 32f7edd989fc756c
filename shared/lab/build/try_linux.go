package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// tryFile builds the learner's file and looks at what it does.
func tryFile(stage Stage, file string, ticket int) (o Observation, err error) {
	w, clean, err := openWorkshop()
	if err != nil {
		return o, err
	}
	defer clean()
	program := filepath.Join(filepath.Dir(w.probe), "../bin/container")
	if err := goBuild(program, file); err != nil {
		return o, err
	}
	w.Name = fmt.Sprintf("box-%d", ticket)
	return w.Look(stage, program)
}

// probe is the program, once it has been built.
var probe []byte

// openWorkshop builds the probe, and a workshop with it. Beside it is bin, for programs
// that whoever called sudo builds.
func openWorkshop() (w *Workshop, clean func(), err error) {
	dir, err := os.MkdirTemp("", "lab-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	bin := filepath.Join(dir, "bin")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(bin, 0o755)); err != nil {
		return nil, nil, err
	}
	if id, ok := sudoer(); ok {
		if err := os.Chown(bin, int(id.Uid), int(id.Gid)); err != nil {
			return nil, nil, err
		}
	}
	if probe == nil { // once for all the looks of a watch
		if err := goBuild(filepath.Join(bin, "probe"), "mydocker.example/shared/lab/build/probe"); err != nil {
			return nil, nil, err
		}
		if probe, err = os.ReadFile(filepath.Join(bin, "probe")); err != nil {
			return nil, nil, err
		}
	}
	if w, err = NewWorkshop(filepath.Join(dir, "work"), probe); err != nil {
		return nil, nil, err
	}
	return w, func() {
		w.Close()
		os.RemoveAll(dir)
	}, nil
}

// goBuild builds as whoever called sudo: their go, their cache, their files.
func goBuild(program, what string) error {
	compiler, err := exec.LookPath("go")
	if err != nil { // sudo has a PATH of its own
		//lint:ignore SA1019 the go that has built this program is the one that is meant
		compiler = filepath.Join(runtime.GOROOT(), "bin/go")
		if _, err := os.Stat(compiler); err != nil {
			return errors.New("there is no go on this machine to build it with: https://go.dev/dl")
		}
	}
	cmd := exec.Command(compiler, "build", "-o", program, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if id, ok := sudoer(); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &id}
		if home, err := homeOf(id.Uid); err == nil {
			cmd.Env = append(cmd.Env, "HOME="+home)
		}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrNotExist) {
		return lang.WithCure(err, lang.Text{EN: "go is needed, to build what you have written", ZH: "需要 go，用来编译你写的程序"})
	}
	if err == nil {
		return nil
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(out), "# command-line-arguments\n", ""))
	if strings.Contains(text, ".go:") || strings.Contains(text, "main is undeclared") { // not go's own trouble: a cache that can't be written, a full disk
		return &lab.Refusal{Text: text}
	}
	if strings.Contains(text, "go.mod file not found") { // of the probe
		return lang.WithCure(errors.New("go build: go.mod file not found"), lang.Text{EN: "start it in the workshop's folder; --dir says where your file is", ZH: "请在本项目的目录里运行；你的文件在哪里，由 --dir 来说"})
	}
	return fmt.Errorf("go build: %w: %s", err, text)
}

// sudoer is the user who called sudo.
func sudoer() (id syscall.Credential, ok bool) {
	uid, err1 := strconv.ParseUint(os.Getenv("SUDO_UID"), 10, 32)
	gid, err2 := strconv.ParseUint(os.Getenv("SUDO_GID"), 10, 32)
	ok = err1 == nil && err2 == nil && uid != 0 && os.Geteuid() == 0
	return syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, ok
}

func homeOf(uid uint32) (string, error) {
	users, err := os.ReadFile("/etc/passwd")
	for line := range strings.Lines(string(users)) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) > 5 && f[2] == strconv.Itoa(int(uid)) {
			return f[5], nil
		}
	}
	return "", errors.Join(err, fs.ErrNotExist)
}
