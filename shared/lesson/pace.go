package lesson

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

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

// pause waits for Enter after a step, and reports whether to go on.
func (o options) pause(ctx context.Context, next Section, columns int) bool {
	if !o.interactive() {
		return ctx.Err() == nil
	}
	coming := lang.Text{EN: "Next: ", ZH: "下一步："}.In(o.lang) + next.Title
	keys := lang.Text{EN: "Enter: go on   q: clean up and end > ", ZH: "回车：继续   q：清理并结束 > "}.In(o.lang)
	fmt.Println(shell.Wrap(shell.Remark.Sprint(coming), columns, "  "))
	answer, ok := ask(ctx, shell.Remark.Sprint(keys))
	fmt.Println()
	return ok && !strings.EqualFold(answer, "q")
}
