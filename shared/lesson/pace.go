package lesson

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
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

// keyboard reads lines from standard input. The terminal stays in its usual
// mode, in which Ctrl-C is a signal and not a key.
var keyboard = sync.OnceValue(func() <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		input := bufio.NewScanner(os.Stdin)
		for input.Scan() {
			lines <- strings.TrimSpace(input.Text())
		}
	}()
	return lines
})

// ask prints a question and waits for a line; false is the end of input, or of
// the lesson.
func ask(ctx context.Context, question string) (string, bool) {
	fmt.Print(question)
	select {
	case line, ok := <-keyboard():
		return line, ok
	case <-ctx.Done():
		fmt.Println()
		return "", false
	}
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
