package lab

import (
	"context"
	"errors"
	"os"
	"time"

	"mydocker.example/shared/lang"
)

// Begin starts what a lab has running beside the learner, and waits until it can be
// seen. The end of the thread that calls it is its end too, PR_SET_PDEATHSIG in
// prctl(2).
func (l Lab) Begin(ctx context.Context, ticket int) (end func(), err error) {
	if l.Beside == nil {
		return func() {}, nil
	}
	cmd := l.Beside(ticket)
	if cmd == nil {
		return nil, errors.ErrUnsupported
	}
	cmd.Stderr = os.Stderr
	before := l.Check(ticket).Hint
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	end = func() {
		cmd.Process.Kill()
		<-ended
	}
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); {
		select {
		case err := <-ended:
			return nil, lang.WithCure(lang.Errorf(lang.Text{EN: "what this lab looks at did not start: %v", ZH: "这个练习要看的容器没有启动：%v"}, err),
				lang.Text{EN: "see doctor, or begin the lab as root", ZH: "看看 doctor，或者用 root 打开练习"})
		case <-ctx.Done():
			end()
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if l.Check(ticket).Hint != before {
			break
		}
	}
	return end, nil
}
