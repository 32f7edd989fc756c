//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// day3 is the lesson. Its steps hand on nothing but the directory rootfs, in the
// temporary one to which the shell has gone.
type day3 struct{}

// mydocker runs this very program as one would type it, and returns what it
// printed and its exit status.
func mydocker(sh *shell.Shell, args ...string) (output string, status int) {
	sh.Command(shell.Line("mydocker", args...))
	sh.GoOn()
	cmd := exec.CommandContext(sh.Context(), "/proc/self/exe", args...)
	cmd.Args[0] = "mydocker"
	cmd.Dir = sh.Dir()
	cmd.Env = append(os.Environ(), "LC_ALL="+map[lang.Language]string{lang.Chinese: "zh_CN.UTF-8"}[sh.Lang]) // the lesson's language
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	out, err := cmd.CombinedOutput()
	output = strings.TrimRight(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n")
	sh.Answer(output)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		sh.Answer(fmt.Sprintf("(exit status %d)", exit.ExitCode()))
		return output, exit.ExitCode()
	}
	sh.Must(err)
	return output, 0
}

// reexec shows one program with two lives.
func (d *day3) reexec(sh *shell.Shell) {
	output, status := mydocker(sh, "run", "--narrate", "--name", "lesson", "true")
	both := strings.Contains(output, "PID 1 in the container") && strings.Contains(output, "[container 1]")
	sh.Prove("two-lives", both && status == 0, "[host …] [container 1] exit %d", status)
}

// namespaces compares the container's with ours.
func (d *day3) namespaces(sh *shell.Shell) {
	kinds := []string{"uts", "pid", "mnt", "ipc", "net", "cgroup"}
	shared := []string{}
	inside, _ := mydocker(sh, "run", "sh", "-c", "cd /proc/self/ns; for n in "+strings.Join(kinds, " ")+"; do readlink $n; done")
	for _, kind := range kinds {
		if own := sh.Readlink("/proc/self/ns/" + kind); strings.Contains(inside, own) {
			shared = append(shared, kind)
		}
	}
	sh.Prove("six-of-its-own", len(shared) == 0 && strings.Count(inside, "[") == len(kinds), "%v ≠, %v =", kinds, shared)

	name, _ := mydocker(sh, "run", "--hostname", "box", "cat", "/proc/sys/kernel/hostname")
	ours := sh.Cat("/proc/sys/kernel/hostname")
	sh.Prove("own-hostname", name == "box" && ours != "box", "%s ≠ %s", name, ours)
}

// mounts shows whose processes proc shows, and that the host keeps its own.
func (d *day3) mounts(sh *shell.Shell) {
	guess := sh.Ask("how-many")
	pids, _ := mydocker(sh, "run", "sh", "-c", "cd /proc; echo [0-9]*")
	guess.Is(len(strings.Fields(pids)))
	sh.Prove("own-processes", pids == "1", "PIDs: %s", pids)
	sh.Prove("host-keeps-its-proc", sh.Readlink("/proc/self") == fmt.Sprint(os.Getpid()), "/proc/self = getpid() = %d", os.Getpid())
}

// pipe shows that words arrive as they were typed.
func (d *day3) pipe(sh *shell.Shell) {
	words, _ := mydocker(sh, "run", "sh", "-c", `printf "<%s>" "$@"`, "sh", "one  two", "", "-m")
	sh.Prove("words-stay-whole", words == "<one  two><><-m>", "%s", words)
	guess := sh.Ask("status")
	_, status := mydocker(sh, "run", "sh", "-c", "exit 7")
	guess.Is(status)
	sh.Prove("status-comes-back", status == 7, "exit %d", status)
}

// limits runs into each of them.
func (d *day3) limits(sh *shell.Shell) {
	guess := sh.Ask("killed")
	output, status := mydocker(sh, "run", "-m", "64m", "--memory-swap", "64m", "/proc/self/exe", "load", "--vm-bytes", "128m", "--vm-over", "500ms")
	guess.Is(status)
	sh.Prove("memory-holds", status == 137 && strings.Contains(output, "64MiB"), "exit %d = 128 + SIGKILL", status)

	memory, err := cgroup.Find("memory")
	sh.Must(err)
	dir := "/sys/fs/cgroup/"
	if memory.Version == cgroup.V1 {
		dir += "memory/"
	}
	limit, _ := mydocker(sh, "run", "-m", "64m", "cat", dir+memory.Version.Names().MemoryLimit)
	sh.Prove("limit-from-inside", limit == fmt.Sprint(64<<20), "%s = 64 × 2^20", limit)

	cpus, _ := mydocker(sh, "run", "--cpuset-cpus", "0", "grep", "Cpus_allowed_list", "/proc/self/status")
	sh.Prove("one-cpu", strings.HasSuffix(cpus, "\t0"), "%s", cpus)

	output, status = mydocker(sh, "run", "--pids-limit", "20", "sh", "-c", `n=1; while sleep 9 & do n=$((n+1)); printf "$n "; done`)
	_, refused, reached := strings.Cut(output, " 20 ")
	sh.Prove("forks-end", reached && status != 0 && !strings.HasPrefix(refused, "21"), "20 %s", refused)
}

// rootfs makes a root file system and goes into it.
func (d *day3) rootfs(sh *shell.Shell) {
	sh.Tree(filepath.Join(sh.CdTemp(), "rootfs"))
	mydocker(sh, "rootfs", "rootfs")
	guess := sh.Ask("above")
	names, _ := mydocker(sh, "run", "--rootfs", "rootfs", "sh", "-c", "cd /../../..; pwd; echo *")
	where, _, _ := strings.Cut(names, "\n")
	guess.Is(where)
	sh.Prove("own-root", strings.HasPrefix(names, "/\n") && !strings.Contains(names, "boot"), "%s", strings.ReplaceAll(names, "\n", " "))
}

// walls tries to get out.
func (d *day3) walls(sh *shell.Shell) {
	run := []string{"run", "--rootfs", "rootfs", "sh", "-c"}
	attempt := func(id, script, want string) {
		output, status := mydocker(sh, append(run, script)...)
		sh.Prove(id, status != 0 && strings.Contains(output, want), "%s", output)
	}
	guess := sh.Ask("capabilities")
	capabilities, _ := mydocker(sh, "run", "--rootfs", "rootfs", "sh", "-c", "while read name value; do case $name in CapEff:|CapBnd:|NoNewPrivs:) echo $name $value;; esac; done </proc/self/status")
	has, bound := capabilitySet(capabilities, "CapEff:"), capabilitySet(capabilities, "CapBnd:")
	guess.Is(bits.OnesCount64(has))
	sh.Prove("few-capabilities", bits.OnesCount64(has) == 14 && bound == has && strings.Contains(capabilities, "NoNewPrivs: 1"),
		"CapEff: %d, CapBnd: %d, NoNewPrivs: 1", bits.OnesCount64(has), bits.OnesCount64(bound))
	attempt("no-mount", "mount -t tmpfs none /tmp", "denied")
	attempt("no-user-namespace", "unshare -U true", "ermitted")
	attempt("no-switch", "echo 1 >/proc/sys/kernel/panic", "ead-only")
	attempt("no-device", "mknod /disk b 8 0 && : </disk", "enied")
}

// capabilitySet reads a line of /proc/PID/status in which each bit is a
// capability: proc_pid_status(5).
func capabilitySet(status, name string) (set uint64) {
	_, rest, _ := strings.Cut(status, name)
	digits, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	set, _ = strconv.ParseUint(digits, 16, 64)
	return set
}

// terminal has a terminal made in the container.
func (d *day3) terminal(sh *shell.Shell) {
	name, _ := mydocker(sh, "run", "-t", "--rootfs", "rootfs", "sh", "-c", "readlink /proc/self/fd/0; test -t 0 && echo a terminal")
	sh.Prove("own-terminal", name == "/dev/pts/0\na terminal", "%s", strings.ReplaceAll(name, "\n", ": "))
}

// undo takes back the root file system: containers have left nothing.
func (d *day3) undo(sh *shell.Shell) {
	mydocker(sh, "clean")
	sh.Cd("/")
	sh.TakeBack()
	left := sh.Left()
	sh.Prove("nothing-left", len(left) == 0, "%d → %d", sh.Made(), len(left))
	sh.ProveUnchanged("machine-as-before")
}
