package lesson

import (
	"fmt"
	"strconv"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// rendered is a question as a terminal shows it.
func (q Question) rendered() shell.Question {
	r := shell.Question{Text: inline(q.Text), Why: inline(q.Why)}
	for _, choice := range q.Choices {
		r.Choices = append(r.Choices, inline(choice))
	}
	return r
}

// Guess takes what the learner types: any line, none, or a key of every pause. A class
// guesses aloud.
func (g *pager) Guess(choices int) string {
	if g.play.present {
		g.Pause("", true)
		return ""
	}
	p := g.play
	prompt := lang.Text{EN: "Your guess   ? help   Enter: no guess > ", ZH: "你猜   ? 帮助   回车：不猜 > "}.In(p.lang)
	for p.step.Err() == nil {
		line, ok := p.ask(shell.Remark.Sprint(prompt))
		if !ok {
			p.end(errLeave)
			break
		}
		if n, err := strconv.Atoi(line); choices > 0 && line != "" && p.keyOf(line) == otherKey && (err != nil || n < 1 || n > choices) {
			p.say(lang.Text{EN: fmt.Sprintf("One of 1 to %d, or Enter.", choices), ZH: fmt.Sprintf("请选 1 到 %d，或直接回车。", choices)})
			continue
		}
		if len(line) > 1 { // no key, but a guess
			return line
		}
		now := lastOf(g.lines, g.room())
		switch p.keyOf(line) {
		case showHelp:
			p.say(questionHelp)
		case goBack:
			p.browse(now.back(g.room()))
			p.show(now)
		case showCode:
			p.browse(p.codeOf(p.now))
			p.show(now)
		case openShell:
			p.visit()
		case onceMore:
			p.end(errAgain)
		case leave:
			p.end(errLeave)
		default:
			return line
		}
	}
	return ""
}

var questionHelp = lang.Text{
	EN: "Type what you think, a number or a word or a choice's number, and Enter. What the kernel says comes with the next command. Nobody counts. b, r, s, l, q and ? work here too, with Enter.",
	ZH: "写下你的猜测（数字、词，或选项的序号），再按回车；下一条命令之后，就看得到内核怎么说。不计分。在这里，b、r、s、l、q 和 ? 也要加回车。",
}
