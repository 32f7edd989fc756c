package lesson

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// untilSignal returns a context that ends with the first signal that asks the
// program to end, and a function that returns the exit status for it, or 0.
// SIGPIPE is among them: a lesson piped into head must clean up as well.
func untilSignal() (context.Context, func() int) {
	ctx, leave := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	go func() {
		for s := range signals {
			leave(ended(s.(syscall.Signal))) // the first one counts; cleaning up is not to be interrupted
		}
	}()
	return ctx, func() int {
		if s, signalled := context.Cause(ctx).(ended); signalled {
			return 128 + int(s)
		}
		return 0
	}
}

// ended is the cause of a lesson's end by a signal.
type ended syscall.Signal

func (s ended) Error() string { return "ended by " + syscall.Signal(s).String() }

// ask prints a question and waits for a line; false is the end of input, or of ctx.
func ask(ctx context.Context, question string) (string, bool) {
	line, ok := typed(ctx, false, func() { fmt.Print(question) })
	if !ok {
		fmt.Println()
	}
	return strings.TrimSpace(line), ok
}

// ask asks where a lesson is.
func (p *play) ask(question string) (string, bool) {
	if p.pager != nil {
		defer p.pager.ask(rowsOf(question + "\n"))()
	}
	return ask(p.step, question)
}

// agreed asks a yes-or-no question whose answer is no where nobody is there.
func (p *play) agreed(question lang.Text) bool {
	if !p.interactive() {
		return false
	}
	choice := lang.Text{EN: "y: yes   Enter: no > ", ZH: "y：好   回车：不了 > "}.In(p.lang)
	answer, ok := p.ask(shell.Remark.Sprint(question.In(p.lang) + "   " + choice))
	return ok && strings.HasPrefix(strings.ToLower(answer), "y")
}

// pause waits before or behind the acts of a step, if somebody is there.
func (p *play) pause(coming lang.Text, clear bool) {
	if p.pager != nil {
		p.pager.Pause(coming.In(p.lang), clear)
	}
}

// wait waits until the learner wants to go on, and does meanwhile what the other
// keys say. To leave, or to have the step again, ends the step.
func (p *play) wait() {
	seen := lastOf(p.pager.lines, p.pager.room())
	vain := 0 // keys in a row that did nothing: a remark on each would push the page away
	for {
		typed, ok := p.readKey(p.prompt())
		if !ok {
			p.end(errLeave)
			return
		}
		k := p.keyOf(typed)
		if k == otherKey || k == manyKeys || k == goBack && seen.first() {
			vain++
		} else {
			vain = 0
		}
		if vain > 1 {
			continue
		}
		switch k {
		case goOn:
			if seen.last() {
				return
			}
			seen = seen.on(p.pager.room())
			p.show(seen)
		case goBack:
			if seen.first() {
				p.say(lang.Text{EN: "This is where the lesson began.", ZH: "课就是从这里开始的。"})
				continue
			}
			seen = seen.back(p.pager.room())
			p.show(seen)
		case onceMore:
			p.wanted = p.stepOf(seen)
			p.end(errAgain)
			return
		case openShell:
			p.visit()
		case showCode:
			p.browse(p.codeOf(p.now))
			p.show(seen)
		case showHelp:
			text := lang.Text{EN: fmt.Sprintf(keysHelp.EN, p.list()), ZH: fmt.Sprintf(keysHelp.ZH, p.list())}
			if p.present {
				text = lang.Text{EN: presentersHelp.EN, ZH: presentersHelp.ZH}
			}
			p.say(text)
		case leave:
			p.end(errLeave)
			return
		case blankScreen:
			clearScreen(p.sh.Screen)
			p.readKey(lang.Text{})
			p.show(seen)
		case manyKeys:
			p.say(lang.Text{
				EN: "Several keys at once, as pasted lines are; nothing was done.",
				ZH: "一下子来了好几个键，像是粘贴进来的；什么也没做。",
			})
		default:
			p.say(noKey(typed))
		}
	}
}

// readKey shows the keys and waits for one. They go when it has come.
func (p *play) readKey(keys lang.Text) (string, bool) {
	line := keys.In(p.lang)
	key, ok := typed(p.step, true, func() { fmt.Print(shell.Remark.Sprint(line)) })
	if p.sh.Redraw && shell.Rows(line, terminalColumns()) == 1 {
		fmt.Print("\r\x1b[K")
	} else {
		fmt.Println()
	}
	return key, ok
}

// say shows a remark, which is no part of the lesson.
func (p *play) say(text lang.Text) { p.sh.On(os.Stdout).Note(text) }

// show shows a screen of the lesson again.
func (p *play) show(v view) {
	clearScreen(p.sh.Screen)
	for _, line := range v.lines[v.from:v.to] {
		fmt.Println(line)
	}
}

// browse shows some lines, a screen at a time, from seen on.
func (p *play) browse(seen view) {
	rows := terminalRows() - 1
	for {
		p.show(seen)
		typed, ok := p.readKey(lang.Text{EN: "Enter on  b back  q back to the lesson > ", ZH: "回车 往下  b 往回  q 回到课里 > "})
		switch k := p.keyOf(typed); {
		case ok && k == goOn && !seen.last():
			seen = seen.on(rows)
		case ok && k == goBack && !seen.first():
			seen = seen.back(rows)
		case ok && (k == goBack || k == otherKey || k == manyKeys || k == showHelp):
		default:
			return
		}
	}
}

// list is the line that lists the steps.
func (p *play) list() string { return host.Start(p.Name, os.Geteuid() == 0, "--list") }

// visit gives the learner a shell where the lesson is: started from the lesson's own
// thread, it is in its namespaces.
func (p *play) visit() {
	program := shell.Learners()
	p.say(lang.Text{
		EN: "What you change stays so; exit comes back. " + program + " in " + p.sh.Dir(),
		ZH: "改了的东西不会还原；exit 回来。" + program + "，在 " + p.sh.Dir(),
	})
	cmd := exec.CommandContext(p.ctx, program)
	cmd.Dir = p.sh.Dir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	err := shell.InForeground(cmd)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // how the shell ended is the learner's
		p.sh.On(os.Stdout).Problem(err)
	}
}
