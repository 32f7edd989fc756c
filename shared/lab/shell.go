package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// between is how often the kernel is looked at while the learner works, and moment how
// often somebody may have asked.
const (
	between = 500 * time.Millisecond
	moment  = 50 * time.Millisecond
)

// beside runs the learner's shell, with nothing changed in it but the prompt, and looks
// at the kernel from beside it. It speaks when the verdict has become another, or when it
// is asked. A hook at the shell's prompt would be gone, or on the wrong side, in the inner
// shell of an `unshare … sh`.
func (d *desk) beside(ctx context.Context, l Lab) error {
	runtime.LockOSThread() // what runs beside the learner ends with the thread that started it
	defer runtime.UnlockOSThread()
	ticket := d.seat.of(l.ID).Ticket
	end, err := l.Begin(ctx, ticket)
	if err != nil {
		return err
	}
	defer func() { end() }()
	ask, err := newBell(l)
	if err != nil {
		return err
	}
	defer ask.remove()
	d.Note(ask.words())
	cmd := exec.CommandContext(ctx, shell.Learners())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = ask.environ(cmd.Path)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	// They are the shell's. Ignored ones would stay ignored in all that it starts,
	// execve(2); caught ones are not.
	keys := make(chan os.Signal, 1)
	signal.Notify(keys, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(keys)
	last := d.look(l) // what the task says already is no news
	d.keep(d.seat.note(l.ID, last))
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", cmd.Path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for next := time.Now().Add(between); ; {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return err
			}
			return nil
		case <-time.After(moment):
		}
		if asked := ask.rung(); asked != nil {
			d.between("", func(told desk) { told.tellAsked(l, asked) })
			ask.answered()
		} else if time.Now().Before(next) {
			continue
		}
		next = time.Now().Add(between)
		d.reread()
		r := d.seat.of(l.ID)
		if r.Ticket != ticket { // drawn anew
			ticket = r.Ticket
			end()
			if end, err = l.Begin(ctx, ticket); err != nil {
				end = func() {}
				return err
			}
			last = d.look(l)
			continue
		}
		if r.Result != last.Result || r.Hint != last.Hint { // somebody else has looked, and said so
			last = Verdict{Result: r.Result, Hint: r.Hint}
		}
		if last.Result == Pass { // which stays
			continue
		}
		v := d.look(l)
		if v.Early {
			continue
		}
		if v.Result == last.Result && v.Hint == last.Hint { // numbers alone are no news
			continue
		}
		last = v
		err := d.seat.note(l.ID, v)
		d.between("\r\n", func(told desk) {
			told.tell(l, v)
			told.keep(err)
			told.Note(whereNow(d.Name))
		})
	}
}

// whereNow says where the learner is when a verdict has come unasked: at the prompt, or
// without one, where what they have started has the terminal.
func whereNow(chapter string) lang.Text {
	program, waits := shell.HasTerminal()
	clean := host.Start(chapter, os.Geteuid() == 0, "clean")
	switch {
	case program == "sleep" || program == "unshare":
		return lang.Text{EN: "(Your " + program + " has the terminal: Ctrl-C, or from a second one " + clean + ")", ZH: "（终端现在归 " + program + "：按 Ctrl-C，或在另一个终端里 " + clean + "）"}
	case waits:
		return lang.Text{EN: "(Your shell waits to try again what the kernel has refused. To get it back, from a second terminal: " + clean + ")", ZH: "（内核拒绝了，你的 shell 还在等着重试。想让它回来，在另一个终端里 " + clean + "）"}
	}
	return lang.Text{EN: "(Your prompt is still there: type on, or press Enter to see it.)", ZH: "（提示符还在：接着输入就行，想看见它就按回车。）"}
}

// tellAsked says what the learner has asked for, in the words of the command line.
func (d *desk) tellAsked(l Lab, words []string) {
	var err error
	switch {
	case words[0] == "hint":
		_, err = d.hint(l)
	case len(words) > 1:
		_, err = d.answer(l, words[1])
	default:
		_, err = d.check(l)
	}
	if err != nil {
		d.Problem(err)
	}
}

// between shows something while a shell has the terminal: with a return before each
// line, because the shell may have made the terminal raw.
func (d *desk) between(before string, tell func(desk)) {
	var text strings.Builder
	told := *d
	told.Out = &text
	tell(told)
	fmt.Fprint(d.Out, before+strings.ReplaceAll(text.String(), "\n", "\r\n"))
}
