//go:build linux

package inside

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/lang"
)

// becomeCommand replaces init by the command, which so becomes PID 1. It
// returns only an error.
func (p initProcess) becomeCommand() error {
	path, err := p.lookPath()
	if err != nil {
		return err
	}
	if i := slices.Index(p.Env, "HOME="); i >= 0 {
		p.Env[i] += rootsHome()
	}

	// Init's own are not the command's.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("close_range: %w", err)
	}
	if err := resetSignals(); err != nil {
		return err
	}
	p.narrator.Say("execve %s", path)
	if err := between.ReportReady(); err != nil {
		return err
	}
	err = &os.PathError{Op: "execve", Path: path, Err: syscall.Exec(path, p.Command, p.Env)}
	return &between.StatusError{Status: between.StatusNotExecutable, Err: p.explainExec(path, err)}
}

// resetSignals sees to it that no signal is ignored or blocked only because our
// caller, nohup(1) say, had it so: execve(2) keeps both. The system calls
// themselves, because Go has no function that undoes what it did not do.
func resetSignals() error {
	const ignored = 1 // SIG_IGN
	var (
		had, standard [4]uint64 // struct sigaction as the kernel has it, the handler first
		none          uint64    // no signal, of 64
		size          = unsafe.Sizeof(none)
	)
	for number := uintptr(1); number <= 64; number++ {
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, 0, uintptr(unsafe.Pointer(&had)), size, 0, 0)
		if had[0] != ignored {
			continue
		}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&standard)), 0, size, 0, 0); errno != 0 {
			return fmt.Errorf("sigaction %d: %w", number, errno)
		}
	}
	if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&none)), 0, size, 0, 0); errno != 0 {
		return fmt.Errorf("sigprocmask: %w", errno)
	}
	return nil
}

// lookPath finds the command as execvp(3) does: with a slash it is a path,
// without one a name in a directory of the *container's* PATH.
func (p initProcess) lookPath() (string, error) {
	name := p.Command[0]
	if name == "" || name == "." || name == ".." { // in a directory of PATH they would be that directory
		return "", &between.StatusError{Status: between.StatusNotFound, Err: lang.Errorf(lang.Text{EN: "%q: no command", ZH: "%q：不是命令"}, name)}
	}
	if strings.Contains(name, "/") {
		return name, p.executable(name)
	}
	var notExecutable error
	for _, dir := range filepath.SplitList(p.path()) {
		path := filepath.Join(dir, name)
		err := p.executable(path)
		if err == nil {
			return path, nil
		}
		var status *between.StatusError
		if errors.As(err, &status) && status.Status == between.StatusNotExecutable && notExecutable == nil {
			notExecutable = err
		}
	}
	if notExecutable != nil {
		return "", notExecutable
	}
	return "", &between.StatusError{Status: between.StatusNotFound, Err: lang.WithCure(lang.Errorf(lang.Text{
		EN: "%s: not found in PATH=%s",
		ZH: "%s：在 PATH=%s 里找不到",
	}, name, p.path()), p.whatIsThere())}
}

func (p initProcess) path() string {
	path := ""
	for _, variable := range p.Env {
		if value, found := strings.CutPrefix(variable, "PATH="); found {
			path = value
		}
	}
	return path
}

// rootsHome returns root's home as the container's passwd(5) has it, and / where it
// has none, as runc does.
func rootsHome() string {
	const largest = 1 << 20
	file, err := os.OpenFile("/etc/passwd", os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO would hold us up
	if err != nil {
		return "/"
	}
	defer file.Close()
	passwd, _ := io.ReadAll(io.LimitReader(file, largest)) // nor is /dev/zero's end waited for
	for line := range strings.Lines(string(passwd)) {
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) == 7 && fields[2] == "0" && fields[5] != "" {
			return fields[5]
		}
	}
	return "/"
}

// executable says why a file can't be executed, with the exit status that
// docker has for it.
func (p initProcess) executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR):
		return &between.StatusError{Status: between.StatusNotFound, Err: lang.WithCure(lang.Errorf(lang.Text{EN: "%s: not found in the container", ZH: "%s：容器里没有"}, path), p.whatIsThere())}
	case err != nil:
		return &between.StatusError{Status: between.StatusNotExecutable, Err: err}
	case info.IsDir():
		return &between.StatusError{Status: between.StatusNotExecutable, Err: lang.WithCure(lang.Errorf(lang.Text{EN: "%s: is a directory", ZH: "%s：是一个目录"}, path), lang.Text{
			EN: "name a program",
			ZH: "请给出程序的路径，而不是目录",
		})}
	case info.Mode()&0o111 == 0:
		return &between.StatusError{Status: between.StatusNotExecutable, Err: lang.WithCure(lang.Errorf(lang.Text{EN: "%s: not executable", ZH: "%s：不可执行"}, path), lang.Text{
			EN: "chmod +x, or name its interpreter: sh " + path,
			ZH: "chmod +x，或写明解释器：sh " + path,
		})}
	}
	return nil
}

// whatIsThere names what could have been meant.
func (p initProcess) whatIsThere() lang.Text {
	if p.Rootfs == "" {
		return lang.Text{
			EN: "mydocker has no images: the first word is the command, and other files than the host's come from --rootfs DIR",
			ZH: "mydocker 没有镜像：第一个参数就是命令；想用宿主机以外的文件，请写 --rootfs 目录",
		}
	}
	const most = 12
	var names []string
	entries, _ := os.ReadDir("/bin")
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	there := strings.Join(names[:min(len(names), most)], " ")
	if len(names) > most {
		there += " …"
	}
	if there == "" {
		return lang.Text{
			EN: "the rootfs has nothing in /bin; mydocker rootfs DIR makes one that has",
			ZH: "这个 rootfs 的 /bin 里什么都没有；mydocker rootfs 目录 能做一个有的",
		}
	}
	return lang.Text{EN: "in /bin there are: " + there, ZH: "/bin 里有：" + there}
}

// explainExec translates the kernel's answers that mislead.
func (p initProcess) explainExec(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return lang.WithCure(err, lang.Text{
			EN: "the file is there, but not the loader or interpreter that it names: file " + path + " says which; a rootfs needs a program's libraries too, or a static program",
			ZH: "文件在，但它要的装载器或解释器不在：file " + path + " 会说是哪个；rootfs 里还要有程序的库，或者用静态程序",
		})
	case errors.Is(err, unix.EACCES):
		return lang.WithCure(err, lang.Text{
			EN: "the file may be executed, but not where it is: its file system is mounted noexec, or its interpreter may not be executed",
			ZH: "文件本身可执行，但所在的文件系统挂载成了 noexec，或者它的解释器不可执行",
		})
	case errors.Is(err, unix.ENOEXEC):
		return lang.WithCure(err, lang.Text{
			EN: "neither a program for this machine nor a script that begins with #!",
			ZH: "既不是本机的程序，也不是以 #! 开头的脚本",
		})
	}
	return err
}
