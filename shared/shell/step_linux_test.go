package shell

import (
	"context"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// Ctrl-C reaches a command before it reaches us: the step ends as one that the
// learner has left, and nothing that came of it is called the kernel's answer.
func TestACommandHearsCtrlCFirst(t *testing.T) {
	left := errors.New("left")
	for name, do := range map[string]func(*Shell){
		"a command that ends by it": func(sh *Shell) {
			sleep := sh.Start("sleep", "100")
			sh.Kill(syscall.SIGINT, sleep)
			sh.Wait(sleep)
			t.Error("the step goes on")
		},
		"a command that fails by it": func(sh *Shell) { sh.Run("sh", "-c", "exit 130") },
		"a claim that it breaks":     func(sh *Shell) { sh.Prove("held", false, "oom_kill 0") },
	} {
		ctx, leave := context.WithCancelCause(t.Context())
		sh := New(ctx, Screen{Out: io.Discard, Lang: lang.English, Width: 80}, nil, host.State{})
		time.AfterFunc(50*time.Millisecond, func() { leave(left) })
		if err := sh.Step(ctx, do, map[string]string{"held": "it holds"}, nil); err != left {
			t.Errorf("%s: %v", name, err)
		}
	}
}
