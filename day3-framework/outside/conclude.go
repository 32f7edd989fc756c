//go:build linux

package outside

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/docker/go-units"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// conclude says how the container has ended, if that needs words, and returns our
// exit status. forwarded is the last signal that was passed on to it, or 0.
func (o options) conclude(c *container, group *cgroup.Group, forwarded syscall.Signal) (int, error) {
	kills := 0
	if o.limits.Memory > 0 {
		var err error
		if kills, err = group.OOMKills(); err != nil {
			return 0, err
		}
	}
	status := c.ended.ExitStatus()
	if c.ended.Signaled() {
		status = 128 + int(c.ended.Signal())
	}
	if c.unread.Load() && !c.withTerminal && c.ended.Signal() == syscall.SIGKILL {
		return 128 + int(syscall.SIGPIPE), nil // by which the command would have ended outside
	}
	if !c.reports.Ready() {
		return beforeCommand(status, forwarded, kills)
	}
	if kills > 0 {
		c.complain(lang.WithCure(lang.Errorf(lang.Text{
			EN: "out of memory: the kernel killed %d of the container's processes at the limit of %s",
			ZH: "内存不足：容器达到 %[2]s 的上限，内核杀掉了其中 %[1]d 个进程",
		}, kills, units.BytesSize(float64(o.limits.Memory))), lang.Text{
			EN: "let the command use less, or choose a larger --memory",
			ZH: "让命令少用些内存，或把 --memory 放大些",
		}))
	}
	if c.incomplete.Load() && (status == 0 || c.unwritten.Load()) {
		status = between.StatusOurs
	}
	return status, nil
}

// beforeCommand says why init ended before the command began. Where it could,
// it has complained itself.
func beforeCommand(status int, forwarded syscall.Signal, kills int) (int, error) {
	switch {
	case kills > 0:
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "the memory limit is below what init needs", ZH: "内存上限比 init 需要的还小"}), lang.Text{
			EN: "choose a larger --memory",
			ZH: "把 --memory 放大些",
		})
	case forwarded != 0 && (status == 2 || status > 128):
		return 128 + int(forwarded), nil
	case status == 2: // Go's own: the runtime could not go on
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "init ended before the command began", ZH: "命令还没开始，init 就结束了"}), tooFewProcesses)
	}
	return status, nil
}

// complain shows an error while there is a container to look after: where nobody
// reads the error, it is given up after a second. A terminal that is raw does not go
// back for a \n alone.
func (c *container) complain(err error) {
	text := between.Complaint(err, c.lang)
	if c.terminal.Load() != nil {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	said := make(chan struct{})
	go func() {
		fmt.Fprint(os.Stderr, text)
		close(said)
	}()
	select {
	case <-said:
	case <-time.After(time.Second):
	}
}
