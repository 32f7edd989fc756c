package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// tryFile builds the learner's file and looks at what it does.
func tryFile(stage Stage, file string, ticket int) (o Observation, err error) {
	p, err := newPlace()
	if err != nil {
		return o, err
	}
	defer p.remove()
	program := filepath.Join(p.bin, "container")
	built := make(chan error, 1)
	go func() {
		_, err := goTool("build", "-ldflags=-s -w", "-o", program, file) // a third of the time less
		built <- err
	}()
	probe, err := builtProbe()
	if err := <-built; err != nil {
		return o, err
	}
	if err != nil {
		return o, err
	}
	w, err := NewWorkshop(filepath.Join(p.dir, "work"), probe, p.made)
	if err != nil {
		return o, err
	}
	w.Name = fmt.Sprintf("box-%d", ticket)
	return w.Look(stage, program)
}

// A place is where a try is made, and the list of what is made for it.
type place struct {
	dir     string
	bin     string // for what whoever called sudo builds
	made    *ledger.Ledger
	signals chan os.Signal
}

// newPlace makes one. What a try has left that was killed goes first.
func newPlace() (*place, error) {
	if c := host.TemporaryPrograms(); c.Status == host.No { // what is built there is to be started
		return nil, lang.WithCure(lang.Errorf(c.Found), c.Cure)
	}
	if ledger.Abandoned() {
		ledger.Sweep(quietly) // where it can't, clean says so
	}
	made, err := ledger.Open()
	if err != nil {
		return nil, err
	}
	p := &place{made: made, signals: make(chan os.Signal, 1)}
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(p.signals, s)
		}
	}
	go p.endBySignal()
	if err := p.makeDirs(); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

func (p *place) makeDirs() (err error) {
	if p.dir, err = p.made.TempDir("lab-"); err != nil {
		return err
	}
	p.bin = filepath.Join(p.dir, "bin")
	err = errors.Join(os.Chmod(p.dir, 0o755), os.Mkdir(p.bin, 0o755))
	if id, ok := sudoer(); ok {
		err = errors.Join(err, os.Chown(p.bin, int(id.Uid), int(id.Gid)))
	}
	return err
}

// leaving is held for reading by who makes something for a try. A signal that ends the
// program takes it for good: nothing is made any more while all is taken back, and
// nobody ends the program with a status of their own.
var leaving sync.RWMutex

// endBySignal takes everything back before a signal ends the program.
func (p *place) endBySignal() {
	if s, came := <-p.signals; came {
		leaving.Lock()
		p.made.Undo(quietly)
		signal.Reset(s)
		syscall.Kill(os.Getpid(), s.(syscall.Signal))
	}
}

func (p *place) remove() {
	leaving.RLock()
	defer leaving.RUnlock()
	signal.Stop(p.signals)
	close(p.signals)
	p.made.Undo(quietly)
}

func quietly(string) {}

// probe is the program, once there has been a look: a watch looks often.
var probe []byte

// builtProbe returns the probe. What go run has built it keeps in its cache, linked; what
// go build has built it links again each time.
func builtProbe() (_ []byte, err error) {
	if probe == nil {
		probe, err = goTool("run", "-exec=cat", "mydocker.example/shared/lab/build/probe")
	}
	return probe, err
}

// goTool runs go as whoever called sudo: their go, their cache, their files. It returns
// what go has printed.
func goTool(args ...string) ([]byte, error) {
	compiler, err := exec.LookPath("go")
	if err != nil { // sudo has a PATH of its own
		//lint:ignore SA1019 the go that has built this program is the one that is meant
		compiler = filepath.Join(runtime.GOROOT(), "bin/go")
		if _, err := os.Stat(compiler); err != nil {
			return nil, errors.New("there is no go on this machine to build it with: https://go.dev/dl")
		}
	}
	cmd := exec.Command(compiler, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if id, ok := sudoer(); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &id}
		if home, err := homeOf(id.Uid); err == nil {
			cmd.Env = append(cmd.Env, "HOME="+home)
		}
	}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lang.WithCure(err, lang.Text{EN: "go is needed, to build what you have written", ZH: "需要 go，用来编译你写的程序"})
	}
	if err == nil {
		return out, nil
	}
	text := strings.TrimSpace(strings.ReplaceAll(said.String(), "# command-line-arguments\n", ""))
	if strings.Contains(text, ".go:") || strings.Contains(text, "main is undeclared") { // not go's own trouble: a cache that can't be written, a full disk
		return nil, &lab.Refusal{Text: text}
	}
	if strings.Contains(text, "go.mod file not found") { // of the probe
		return nil, lang.WithCure(errors.New("go build: go.mod file not found"), lang.Text{EN: "start it in the workshop's folder; --dir says where your file is", ZH: "请在本项目的目录里运行；你的文件放在哪里，用 --dir 指定"})
	}
	return nil, lang.WithCure(fmt.Errorf("go %s: %w: %s", args[0], err, text), goCure(text))
}

// goCure says what to do where go had no place to build in, as far as its words tell.
func goCure(text string) lang.Text {
	switch {
	case strings.Contains(text, "no space left on device") || strings.Contains(text, "quota exceeded"):
		return lang.Text{
			EN: "make room there, or name other directories: TMPDIR for what go builds in, GOCACHE for what it keeps",
			ZH: "请腾出空间，或者另给目录：TMPDIR 是 go 编译时用的，GOCACHE 是它留存结果的",
		}
	case os.Getenv("SUDO_UID") != "" && (strings.Contains(text, "dial tcp") || strings.Contains(text, `: Get "`)):
		return lang.Text{
			EN: "go looks for modules on the net: sudo keeps none of GOPATH, GOMODCACHE and GOPROXY; what go env -w GOPROXY=... writes down counts there too",
			ZH: "go 在到网上找模块：sudo 不保留 GOPATH、GOMODCACHE、GOPROXY；用 go env -w GOPROXY=… 写下来的，在 sudo 里也算数",
		}
	case strings.Contains(text, "build cache"), strings.Contains(text, "GOCACHE"):
		return lang.Text{
			EN: "name a directory of yours for what go keeps: export GOCACHE=$(mktemp -d)",
			ZH: "请给 go 一个自己能写的目录来留存编译结果：export GOCACHE=$(mktemp -d)",
		}
	}
	return lang.Text{}
}

// sudoer is the user who called sudo.
func sudoer() (id syscall.Credential, ok bool) {
	uid, err1 := strconv.ParseUint(os.Getenv("SUDO_UID"), 10, 32)
	gid, err2 := strconv.ParseUint(os.Getenv("SUDO_GID"), 10, 32)
	ok = err1 == nil && err2 == nil && uid != 0 && os.Geteuid() == 0
	return syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, ok
}

// homeOf is a user's home. Of a user whom a directory service knows, as in a school,
// only getent(1) can tell.
func homeOf(uid uint32) (string, error) {
	id := strconv.Itoa(int(uid))
	users, err := os.ReadFile("/etc/passwd")
	if home, known := homeIn(string(users), id); known {
		return home, nil
	}
	user, _ := exec.Command("getent", "passwd", id).Output()
	if home, known := homeIn(string(user), id); known {
		return home, nil
	}
	return "", errors.Join(err, fs.ErrNotExist)
}

// homeIn finds the home of an ID in lines of passwd(5).
func homeIn(users, id string) (home string, known bool) {
	for line := range strings.Lines(users) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) > 5 && f[2] == id {
			return f[5], true
		}
	}
	return "", false
}
