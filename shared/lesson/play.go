package lesson

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/shell"
)

// A play is one run of a chapter.
type play struct {
	Chapter
	options
	sections []Section
	ctx      context.Context
	sh       *shell.Shell
	done     map[string]bool // steps, by ID
	proven   int             // claims
	skipped  int             // steps
	left     string          // the ID of the step before which the learner left
}

// play runs the chosen steps, and takes everything back on every way out.
func (c Chapter) play(o options, sections []Section, screen shell.Screen) (status int) {
	ctx, signalled := untilSignal()
	os.Setenv(ledger.Marker, fmt.Sprint(os.Getpid()))
	sweep := reporter(screen, lang.Text{EN: "An earlier run was interrupted. Taking back what it left:", ZH: "上一次运行被中断了，先收回它留下的东西："})
	if err := ledger.Sweep(sweep); err != nil {
		screen.Problem(err)
	}
	before, err := host.Snapshot()
	if err != nil {
		screen.Problem(err)
		return Cannot
	}
	l, err := ledger.Open()
	if err != nil {
		screen.Problem(err)
		return Cannot
	}
	p := play{Chapter: c, options: o, sections: sections, ctx: ctx, done: map[string]bool{}}
	defer func() {
		undo := reporter(screen, lang.Text{EN: "Cleaning up:", ZH: "清理："})
		if err := l.Undo(undo); err != nil {
			screen.Problem(err)
			status = Failed
		}
		if s := signalled(); s != 0 {
			status = s
		}
		if status == Done {
			p.farewell()
		}
	}()
	p.sh = shell.New(ctx, screen, l, before)
	p.sh.Agreed = func(question lang.Text) bool { return o.agreed(ctx, question) }
	return p.steps()
}

// reporter returns a function that shows commands, below a note that comes
// before the first.
func reporter(screen shell.Screen, title lang.Text) func(command string) {
	first := true
	return func(command string) {
		if first {
			screen.Note(title)
		}
		first = false
		screen.Command(command)
	}
}

// steps does the chosen steps, with a pause before the acts of each and one behind.
func (p *play) steps() int {
	first, last := p.span(p.Chapter)
	for i := first; i <= last; i++ {
		for _, before := range p.needed(i) {
			p.sh.Note(lang.Text{
				EN: "First, what the step " + p.Steps[before].ID + " does:",
				ZH: "先做完步骤 " + p.Steps[before].ID + " 的事：",
			})
			if !p.do(before) {
				return Failed
			}
		}
		p.words(i)
		if p.Steps[i].Do != nil && !p.pause(i, lang.Text{EN: "Now it is done.", ZH: "现在动手。"}) {
			p.left = p.Steps[i].ID
			return Done
		}
		if !p.do(i) {
			return Failed
		}
		if i < last && !p.pause(i, lang.Text{EN: "Next: ", ZH: "下一步："}.And(lang.Same(p.sections[i+1].Title))) {
			p.left = p.Steps[i+1].ID
			return Done
		}
	}
	return Done
}

// needed lists the steps that step i builds on and that have not been done,
// the earliest first.
func (p *play) needed(i int) (list []int) {
	for after := p.Steps[i].After; after != "" && !p.done[after]; {
		before := slices.Index(p.ids(), after)
		list = slices.Insert(list, 0, before)
		after = p.Steps[before].After
	}
	return list
}

// do does step i and reports whether to go on: a step that this machine can't
// do is no failure.
func (p *play) do(i int) bool {
	step, section := p.Steps[i], p.sections[i]
	toProve := map[string]string{}
	for _, claim := range section.Claims {
		toProve[claim.ID] = inline(claim.Text)
	}
	var err error
	if step.Do != nil {
		err = p.sh.Step(step.Do, toProve)
	}
	p.done[step.ID] = true
	var skip *shell.Skipped
	switch {
	case errors.As(err, &skip):
		p.skipped++
		p.sh.Note(lang.Text{EN: "skipped: " + skip.Reason.EN, ZH: "跳过：" + skip.Reason.ZH})
	case p.ctx.Err() != nil: // the learner wants to leave, and knows
		return false
	case err != nil:
		p.sh.Problem(err)
		return false
	default:
		p.proven += len(toProve)
	}
	fmt.Fprintln(p.sh.Out)
	return true
}

// narration is a section's heading, with the step's ID, and its prose.
func narration(screen shell.Screen, section Section, number, of int) string {
	text := fmt.Sprintf("%s %s  %s\n\n", shell.Faint.Sprintf("[%d/%d]", number, of), shell.Heading.Sprint(section.Title), shell.Faint.Sprint(section.ID))
	if prose := render(section.blocks, screen.Width); prose != "" {
		text += prose + "\n\n"
	}
	return text
}

// farewell says how far the lesson went and how to go on.
func (p *play) farewell() {
	if p.proven > 0 {
		p.sh.Note(lang.Text{
			EN: fmt.Sprintf("Done: %s, each proven by the kernel.", claims(p.proven)),
			ZH: fmt.Sprintf("完成：%d 个结论，个个由内核证实。", p.proven),
		})
	}
	if p.skipped > 0 {
		p.sh.Note(lang.Text{
			EN: fmt.Sprintf("Steps skipped for the reasons given: %d.", p.skipped),
			ZH: fmt.Sprintf("因上述原因跳过的步骤：%d 个。", p.skipped),
		})
	}
	if p.Lab != nil && p.left == "" && p.only == "" {
		if id := p.Lab(); id != "" {
			p.sh.Hint(lang.Text{EN: "now you: by hand, and the kernel judges:", ZH: "轮到你了，亲手做一遍，由内核来判断："}, host.Start(p.Name, os.Geteuid() == 0, "lab", id))
		}
	}
	switch _, last := p.span(p.Chapter); {
	case p.left != "":
		p.sh.Hint(lang.Text{EN: "go on later with:", ZH: "下次从这里继续："}, host.Start(p.Name, os.Geteuid() == 0, append(p.again, "--from", p.left)...))
	case p.only == "" && last == len(p.Steps)-1 && p.Next != "":
		p.sh.Hint(lang.Text{EN: "next:", ZH: "接下来："}, host.Start(p.Next, true))
	}
}

func claims(n int) string {
	if n == 1 {
		return "1 claim"
	}
	return fmt.Sprintf("%d claims", n)
}
