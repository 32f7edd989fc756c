package shell

import (
	"fmt"
	"strconv"
	"strings"

	"mydocker.example/shared/lang"
)

// A Question is one of the chapter's, before an act that answers it.
type Question struct {
	Text    string
	Choices []string // may be nil
	Why     string   // why the answer is what it is
}

// A Guess is what the learner thinks, to be compared with what the kernel says.
type Guess struct {
	sh     *Shell
	id     string
	asked  Question
	answer string // "" where nothing was guessed
}

// Ask asks the chapter's question with this ID. It takes any answer, and none.
func (sh *Shell) Ask(id string) Guess {
	sh.GoOn()
	asked, known := sh.questions[id]
	if !known {
		sh.Must(fmt.Errorf("the step asks %q, but the chapter does not", id))
	}
	text := Wrap(asked.Text, sh.Width, "")
	for i, choice := range asked.Choices {
		text += "\n" + Wrap(fmt.Sprintf("  %d. %s", i+1, choice), sh.Width, "     ")
	}
	if sh.Pace != nil { // the question and what is typed below it are read together
		sh.Pace.Command()
		sh.Pace.AtWork(strings.Count(text, "\n") + 3)
	}
	fmt.Fprintln(sh.Out, text)
	guess := Guess{sh: sh, id: id, asked: asked}
	if sh.Pace != nil {
		guess.answer = strings.TrimSpace(sh.Pace.Guess(len(asked.Choices)))
	}
	sh.GoOn()
	return guess
}

// Is says what the kernel says, beside what was guessed.
func (g Guess) Is(read any) { g.tell(g.answer, fmt.Sprint(read), "") }

// IsChoice says which choice the kernel has made, from 1, with what was read.
func (g Guess) IsChoice(number int, format string, read ...any) {
	guessed := g.answer
	if n, err := strconv.Atoi(guessed); err == nil && 1 <= n && n <= len(g.asked.Choices) {
		guessed = g.asked.Choices[n-1]
	}
	g.tell(guessed, g.asked.Choices[number-1], fmt.Sprintf(format, read...))
}

func (g Guess) tell(guessed, answer, evidence string) {
	same := strings.EqualFold(guessed, answer) // the guess of a choice is its words by now
	if evidence != "" {
		answer += " (" + evidence + ")"
	}
	said := func(label lang.Text, what string) string { return Bold.Sprint(label.In(g.sh.Lang)) + what }
	stop := lang.Text{EN: ". ", ZH: "。"}.In(g.sh.Lang)
	shown := said(lang.Text{EN: "The kernel says: ", ZH: "内核说："}, answer+stop)
	switch {
	case guessed == "":
	case same:
		shown = said(lang.Text{EN: "You said so, and so says the kernel: ", ZH: "你猜的和内核说的一样："}, answer+stop)
	default:
		shown = said(lang.Text{EN: "You said: ", ZH: "你说："}, guessed+stop) + shown
	}
	fmt.Fprintln(g.sh.Out, Wrap("→ "+shown+g.asked.Why, g.sh.Width, "  "))
	g.sh.answered = append(g.sh.answered, g.id)
}
