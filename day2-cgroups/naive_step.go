//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/docker/go-units"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// The load of this step is smaller than that of the others, because it escapes.
const (
	naiveLimit = 20 << 20
	naiveLoad  = 40 << 20
	naiveRuns  = 10
)

// rest comes before a start that is to be as at a prompt: a machine that has
// done nothing for so long takes longest to move a process.
const rest = 150 * time.Millisecond

// naive runs the article's order ten times, and the right one ten times, and
// counts how often the load gets more memory than its limit allows.
func (d *day2) naive(sh *shell.Shell) {
	group := sh.NewGroup(d.name, "memory")

	guess := sh.Ask("escapes")
	sh.Printf("naive.go, %d runs, limit %s, load %s:", naiveRuns, units.BytesSize(naiveLimit), units.BytesSize(naiveLoad))
	escaped := 0
	for run := 1; run <= naiveRuns; run++ {
		time.Sleep(rest)
		told, free, err := runNaive(group)
		sh.Must(errors.Join(err, group.Kill(), group.Remove()))
		sh.Printf("%2d  %s", run, told)
		if free {
			escaped++
		}
	}
	sh.Printf("escaped %d of %d", escaped, naiveRuns)
	guess.Is(escaped)

	sh.Printf("reexec.go, %d runs, limit %s, load %s:", naiveRuns, units.BytesSize(naiveLimit), units.BytesSize(naiveLoad))
	escaped = 0
	for run := 1; run <= naiveRuns; run++ {
		status, err := parent(sh.Context(), group, naiveLimit, naiveLoadCommand(), io.Discard, func(int) {})
		sh.Must(err)
		told, free, err := howItEnded(group, status)
		sh.Must(errors.Join(err, group.Remove()))
		sh.Printf("%2d  %s", run, told)
		if free {
			escaped++
		}
	}
	sh.Prove("right-order-holds", escaped == 0, "%d/%d", escaped, naiveRuns)
}

func naiveLoadCommand() []string {
	return []string{"/proc/self/exe", "load", "--vm-bytes", sizeOf(naiveLoad), "--vm-over", "0s", "--vm-keep", "--timeout", "3m"}
}

// runNaive starts one load in the article's order, waits until it has all its
// memory or has ended, and asks the kernel where it is. The load holds what it
// has while its standard input is open, thirty seconds at most.
func runNaive(group *cgroup.Group) (told string, escaped bool, err error) {
	cmd := exec.Command("/proc/self/exe", append([]string{"naive-child"}, naiveLoadCommand()...)...)
	input, err := cmd.StdinPipe()
	if err != nil {
		return "", false, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return "", false, err
	}
	err = naiveStart(cmd, group, naiveLimit)
	if cmd.Process == nil {
		return "", false, err
	}
	if err == nil && holdsAll(output) {
		told, err = whereItIs(group, cmd.Process.Pid)
		if escaped = !isGone(err); !escaped { // it had its memory before the limit came, and was killed then
			io.Copy(io.Discard, output)
			err = nil
		}
	}
	input.Close()
	io.Copy(io.Discard, output)
	cmd.Wait()
	if err == nil && !escaped {
		return howItEnded(group, exitStatus(cmd.ProcessState))
	}
	return told, escaped, err
}

// holdsAll waits until the load has all its memory (true) or has ended.
func holdsAll(output io.Reader) bool {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "load: holding") {
			return true
		}
	}
	return false
}

// whereItIs tells in which groups the child's threads and its load are.
func whereItIs(group *cgroup.Group, child int) (string, error) {
	memory, err := cgroup.Find("memory")
	if err != nil {
		return "", err
	}
	load, err := childOf(child)
	if err != nil {
		return "", err
	}
	loadIn, err := memory.GroupOf(load)
	if err != nil {
		return "", err
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", child))
	if err != nil {
		return "", err
	}
	dir, _ := group.Dir("memory")
	moved := 0
	for _, thread := range threads {
		tid, err := strconv.Atoi(thread.Name())
		if err != nil {
			return "", err
		}
		threadIn, err := memory.GroupOf(tid)
		if err != nil {
			return "", err
		}
		if threadIn == dir {
			moved++
		}
	}
	where := "outside"
	if loadIn == dir {
		where = "inside"
	}
	return fmt.Sprintf("escaped: load %s, %d of %d threads moved, the group's peak: %s",
		where, moved, len(threads), peak(group)), nil
}

// childOf returns the PID of a process's only child, from
// /proc/PID/task/TID/children: a child belongs to the thread that forked it.
func childOf(pid int) (int, error) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, err
	}
	for _, list := range lists {
		if text, err := os.ReadFile(list); err == nil && len(text) > 0 {
			return strconv.Atoi(strings.Fields(string(text))[0])
		}
	}
	return 0, fmt.Errorf("process %d has no child: %w", pid, syscall.ESRCH)
}

// isGone reports whether a process was not there any more when it was looked at.
func isGone(err error) bool {
	return errors.Is(err, syscall.ESRCH) || errors.Is(err, fs.ErrNotExist)
}

// howItEnded tells how a load ended that ran in the group. It has escaped if it
// got all its memory and ended well.
func howItEnded(group *cgroup.Group, status int) (told string, escaped bool, err error) {
	kills, err := group.OOMKills()
	if err != nil {
		return "", false, err
	}
	verdict := "killed"
	if status == 0 {
		verdict = "escaped"
	}
	told = fmt.Sprintf("%s:  exit status %d, oom_kill %d, the group's peak: %s", verdict, status, kills, peak(group))
	if status != 0 && kills == 0 {
		return "", false, lang.Errorf(lang.Text{EN: "neither killed nor escaped: %s", ZH: "既没有被杀，也没有逃掉：%s"}, told)
	}
	return told, status == 0, nil
}

func peak(group *cgroup.Group) string {
	bytes, err := group.MemoryPeak()
	if errors.Is(err, fs.ErrNotExist) {
		return "not counted before Linux 5.19"
	}
	if err != nil {
		return err.Error()
	}
	return units.BytesSize(float64(bytes))
}
