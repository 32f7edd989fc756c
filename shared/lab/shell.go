package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"mydocker.example/shared/lang"
)

// learnersShell is the shell that the learner uses, with nothing changed in it.
func learnersShell() string {
	if path := os.Getenv("SHELL"); path != "" {
		if _, err := exec.LookPath(path); err == nil {
			return path
		}
	}
	return "sh"
}

// between is how often the kernel is looked at while the learner works.
const between = 500 * time.Millisecond

// beside runs the learner's shell and looks at the kernel from beside it. It speaks
// when the verdict has become another. A hook at the shell's prompt would be gone, or
// on the wrong side, in the inner shell of an `unshare … sh`.
func (d *desk) beside(ctx context.Context, l Lab, shell string) (last Verdict, err error) {
	d.Note(lang.Text{
		EN: "Your shell, with nothing changed. A verdict appears when it has changed; exit ends the lab.",
		ZH: "这是你自己的 shell，什么都没改。判断有变化时会显示出来；exit 结束练习。",
	})
	cmd := exec.CommandContext(ctx, shell)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	// They are the shell's. Ignored ones would stay ignored in all that it starts,
	// execve(2); caught ones are not.
	keys := make(chan os.Signal, 1)
	signal.Notify(keys, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(keys)
	if err := cmd.Start(); err != nil {
		return last, fmt.Errorf("%s: %w", shell, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticket := d.seat.of(l.ID).Ticket
	last = l.Check(ticket) // what the task says already is no news
	if err := d.seat.note(l.ID, last); err != nil {
		return last, err
	}
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return last, err
			}
			return last, nil
		case <-time.After(between):
			v := l.Check(ticket)
			if v.Result == last.Result && v.Hint == last.Hint || last.Result == Pass { // numbers alone are no news
				continue
			}
			last = v
			if err := d.seat.note(l.ID, v); err != nil {
				return last, err
			}
			d.between(l, v)
		}
	}
}

// between shows a verdict while a shell has the terminal: on lines of its own, and
// with a return before each, because the shell may have made the terminal raw.
func (d *desk) between(l Lab, v Verdict) {
	var text strings.Builder
	told := *d
	told.Out = &text
	told.tell(l, v)
	fmt.Fprint(d.Out, "\r\n"+strings.ReplaceAll(text.String(), "\n", "\r\n"))
}
