// Package lab turns the lesson round: the learner acts, by hand in a shell, and the
// workshop looks at the kernel and says what it saw.
//
// A look fills an observation from /proc and /sys; a judgement is a function of that
// and nothing else. So judgements are tested without a kernel, and looks on real ones.
package lab

import (
	"embed"
	"errors"
	"os/exec"

	"mydocker.example/shared/lang"
)

// A Result is what an attempt comes to.
type Result string

const (
	Pass       Result = "pass"
	NotYet     Result = "not yet"
	CannotTell Result = "cannot tell" // something could not be read; that has never passed
)

// A Verdict is a judgement on one look.
type Verdict struct {
	Result Result `json:"verdict"`
	Goal   string `json:"goal,omitempty"` // the first one that does not hold, or could not be seen
	Hint   string `json:"hint,omitempty"` // its ID among the lab's hints
	Seen   string `json:"seen,omitempty"` // the kernel's words and numbers

	Compiler string    `json:"compiler,omitempty"` // why the learner's file does not compile
	Fact     lang.Text `json:"-"`                  // in words, where the goal is one of an earlier lab's
	Why      error     `json:"-"`                  // it could not be seen
	Early    bool      `json:"-"`                  // somebody is still at it: no news yet, unless asked for
}

// A Hint says what was wrong in an attempt, never the line to write.
type Hint struct {
	What lang.Text // what the look saw, in words
	Look string    // a command with which to look at it oneself; %d is the ticket, %s what was seen
	Ask  lang.Text // a question to think about
	Next lang.Text // what to look at next, for who asks for more; %d is the ticket. Of a program: the question again, if empty
	Step string    // the step of the lesson that explains it
	Man  string    // the man page
}

// A Lab is one task. Its text is in the chapter's READMEs.
type Lab struct {
	ID    string
	Check func(ticket int) Verdict // looks once, and judges
	Hints map[string]Hint
	Build *Build // of a lab in which a program is written; then Check is nil

	Step   string                                  // of the lesson, that shows the way
	Beside func(ticket int) *exec.Cmd              // what runs while the learner works; may be nil
	Words  []string                                // what the learner may answer with; may be nil
	Answer func(ticket int, answer string) Verdict // looks and judges where there is an answer
}

// A Build is a stage of the learner's own container, one file of Go.
type Build struct {
	Begin    []byte // the file with which the stage begins
	Solution []byte
	Check    func(file string, ticket int) Verdict
}

// New joins a look to its judgement; the step is the lesson's that shows the way. The
// ticket is a number that stands in what the learner makes, so that one learner's
// attempt is not taken for another's.
func New[O any](id, step string, look func(ticket int) O, judge func(O) Verdict, hints map[string]Hint) Lab {
	return Lab{ID: id, Step: step, Hints: hints, Check: func(ticket int) Verdict { return judge(look(ticket)) }}
}

// No is a verdict: the goal is not reached, for the reason that the hint names.
func No(goal, hint, seen string) Verdict {
	return Verdict{Result: NotYet, Goal: goal, Hint: hint, Seen: seen}
}

// A Refusal is what the compiler says of the learner's file.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

// Blind is a verdict: whether the goal is reached could not be seen.
func Blind(goal string, err error) Verdict {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return Verdict{Result: NotYet, Goal: goal, Seen: refusal.Text, Compiler: refusal.Text}
	}
	return Verdict{Result: CannotTell, Goal: goal, Seen: err.Error(), Why: err}
}

// A Day is a chapter's labs, in the order in which they are to be done.
type Day struct {
	Name string   // of the chapter's folder
	Text embed.FS // README.md and README.zh-CN.md
	Labs []Lab
}
