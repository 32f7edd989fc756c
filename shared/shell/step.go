package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// stop is what a step is ended with.
type stop struct{ err error }

// Step runs one step. claims are the sentences of the chapter that the step
// has to prove, by ID. The error is that of the command that failed, a claim
// that does not hold or was left out, a *Skipped, or that of ctx: once that is done,
// the next command ends the step.
func (sh *Shell) Step(ctx context.Context, do func(*Shell), claims map[string]string, questions map[string]Question) (err error) {
	sh.ctx, sh.claims, sh.proven = ctx, claims, nil
	sh.questions, sh.answered = questions, nil
	defer func() {
		if problem := recover(); problem != nil {
			ended, ours := problem.(stop)
			if !ours {
				panic(problem)
			}
			err = ended.err
		}
	}()
	do(sh)
	for id := range claims {
		if !slices.Contains(sh.proven, id) {
			return fmt.Errorf("the chapter says %q, but the step did not prove it", id)
		}
	}
	for id := range questions {
		if !slices.Contains(sh.answered, id) {
			return fmt.Errorf("the chapter asks %q, but the step did not answer it", id)
		}
	}
	return nil
}

// Proven is how many claims the step that was run last has proven.
func (sh *Shell) Proven() int { return len(sh.proven) }

// Must ends the step where err is not nil or the learner wants to leave.
func (sh *Shell) Must(err error) {
	if err != nil {
		sh.hearSignal()
	}
	if leaving := context.Cause(sh.ctx); leaving != nil {
		err = leaving
	}
	if err != nil {
		panic(stop{err})
	}
}

// GoOn ends the step where the learner wants to leave.
func (sh *Shell) GoOn() { sh.Must(nil) }

// hearSignal waits a moment for a signal of our own. The terminal sends Ctrl-C to all
// of its foreground group: what has just failed may have ended by it, a moment
// before we hear of ours.
func (sh *Shell) hearSignal() {
	select {
	case <-sh.ctx.Done():
	case <-time.After(500 * time.Millisecond):
	}
}

// Skipped says why a step can't be done on this machine.
type Skipped struct{ Reason lang.Text }

func (s *Skipped) Error() string { return "skipped: " + s.Reason.EN }

// Skip ends the step: this machine can't do it, and that is no failure.
func (sh *Shell) Skip(reason lang.Text) { panic(stop{&Skipped{reason}}) }

// Prove shows a claim of the chapter together with what was read: the kernel's own
// words and numbers, which are the same in every language. A claim that does not
// hold ends the step.
func (sh *Shell) Prove(id string, holds bool, format string, read ...any) {
	if !holds {
		sh.hearSignal()
	}
	sh.GoOn()
	claim, known := sh.claims[id]
	if !known {
		sh.Must(fmt.Errorf("the step proves %q, but the chapter does not say it", id))
	}
	evidence := fmt.Sprintf(format, read...)
	sh.Verdict(holds, claim, evidence)
	if !holds {
		sh.Must(lang.Errorf(lang.Text{EN: "the kernel says otherwise: %s", ZH: "内核说的不是这样：%s"}, evidence))
	}
	sh.proven = append(sh.proven, id)
}

// ProveUnchanged proves that the machine's cgroups and mounts are those of the
// lesson's beginning. A machine is not alone: what others changed meanwhile is
// counted, but is no failure. What came and bears the name of something that we
// made is; what went was somebody else's, for we take free names only.
func (sh *Shell) ProveUnchanged(id string) {
	after, err := host.Snapshot()
	sh.Must(err)
	changes := sh.Before.Changes(after)
	ours := slices.ContainsFunc(changes, func(change string) bool {
		return strings.HasPrefix(change, "+ ") && slices.ContainsFunc(sh.made, func(e ledger.Entry) bool {
			return strings.HasSuffix(change, " "+e.Args[0]) || strings.Contains(change, " "+e.Args[0]+" ")
		})
	})
	evidence := lang.Text{EN: "%d cgroups, %d mounts", ZH: "%d 个控制组，%d 个挂载"}
	others := ""
	switch {
	case ours:
		others = lang.Text{EN: "; changed:\n", ZH: "；有变化：\n"}.In(sh.Lang) + strings.Join(changes, "\n")
	case len(changes) > 0:
		others = fmt.Sprintf(lang.Text{EN: "; changed by others: %d", ZH: "；别人改动的：%d 项"}.In(sh.Lang), len(changes))
	}
	sh.Prove(id, !ours, evidence.In(sh.Lang)+"%s", len(after.Cgroups), len(after.Mounts), others)
}
