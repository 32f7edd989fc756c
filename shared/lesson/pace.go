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

	"golang.org/x/term"

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

// ask prints a question and waits for a line; false is the end of input, or of
// the lesson. It reads only while the question is open, and one line: what is
// typed ahead may be for a shell that the lesson starts. The terminal stays in
// its usual mode, in which it hands over line by line and Ctrl-C is a signal.
func ask(ctx context.Context, question string) (string, bool) {
	fmt.Print(question)
	typed := make(chan string, 1)
	go func() {
		defer close(typed)
		line := make([]byte, 4096) // as long as the terminal lets one be
		if n, _ := os.Stdin.Read(line); n > 0 {
			typed <- strings.TrimSpace(string(line[:n]))
		}
	}()
	select {
	case line, ok := <-typed:
		return line, ok
	case <-ctx.Done():
		fmt.Println()
		return "", false
	}
}

// agreed asks a yes-or-no question whose answer is no where nobody is there.
func (o options) agreed(ctx context.Context, question lang.Text) bool {
	if !o.interactive() {
		return false
	}
	choice := lang.Text{EN: "y: yes   Enter: no > ", ZH: "y：好   回车：不了 > "}.In(o.lang)
	answer, ok := ask(ctx, shell.Remark.Sprint(question.In(o.lang)+"   "+choice))
	return ok && strings.HasPrefix(strings.ToLower(answer), "y")
}

// pause waits for a key before or behind the acts of step i, and reports whether to
// go on. Any other key says so, and stays.
func (p *play) pause(i int, coming lang.Text) bool {
	if !p.interactive() {
		return p.ctx.Err() == nil
	}
	fmt.Println(shell.Wrap(shell.Remark.Sprint(coming.In(p.lang)), p.sh.Width, "  "))
	for {
		keys := lang.Text{EN: "Enter: go on   b: words again   s: shell   q: clean up and end   ?: help > ", ZH: "回车：继续   b：重看文字   s：开个 shell   q：清理并结束   ?：帮助 > "}
		answer, ok := ask(p.ctx, shell.Remark.Sprint(keys.In(p.lang)))
		fmt.Println()
		switch {
		case !ok || strings.EqualFold(answer, "q"):
			return false
		case answer == "":
			return true
		case strings.EqualFold(answer, "b"):
			p.words(i)
		case strings.EqualFold(answer, "s"):
			p.visit()
		case answer == "?" || strings.EqualFold(answer, "h"):
			p.sh.Note(lang.Text{
				EN: "A key, and then Enter. s opens a shell where the lesson is, in its namespaces and its directory; exit comes back. " + host.Start(p.Name, p.asRoot(), "--list") + " lists the steps, --from begins at one: its ID stands behind its title.",
				ZH: "按一个键，再按回车。s 在课程所处的命名空间和目录里开一个 shell，exit 就回来。" + host.Start(p.Name, p.asRoot(), "--list") + " 列出各步骤，--from 从某一步开始：它的 ID 写在标题后面。",
			})
		default:
			p.sh.Note(lang.Text{
				EN: fmt.Sprintf("%q is none of the keys; nothing was done.", answer),
				ZH: fmt.Sprintf("没有 %q 这个键；什么也没做。", answer),
			})
		}
	}
}

// asRoot reports whether the lesson runs as root.
func (p *play) asRoot() bool { return os.Geteuid() == 0 }

// words shows a step's heading and words, a screen at a time.
func (p *play) words(i int) {
	lines := strings.Split(strings.TrimSuffix(narration(p.sh.Screen, p.sections[i], i+1, len(p.sections)), "\n"), "\n")
	rows := len(lines)
	if p.interactive() {
		rows = max(screenRows()-3, 5) // below come a title and the keys
	}
	for len(lines) > rows {
		fmt.Fprintln(p.sh.Out, strings.Join(lines[:rows], "\n"))
		lines = lines[rows:]
		more := lang.Text{EN: "Enter: read on > ", ZH: "回车：往下读 > "}.In(p.lang)
		if _, ok := ask(p.ctx, shell.Remark.Sprint(more)); !ok {
			return
		}
	}
	fmt.Fprintln(p.sh.Out, strings.Join(lines, "\n"))
}

// visit gives the learner a shell where the lesson is.
func (p *play) visit() {
	program := os.Getenv("SHELL")
	if program == "" {
		program = "sh"
	}
	modes, err := term.GetState(0)
	if err != nil {
		p.sh.Problem(err)
		return
	}
	cmd := exec.Command(program)
	cmd.Dir = p.sh.Dir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // how the shell ended is the learner's
		p.sh.Problem(err)
	}
	term.Restore(0, modes)
}
