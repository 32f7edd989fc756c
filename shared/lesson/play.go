package lesson

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

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
	pager    *pager                  // nil where nobody reads along
	now      int                     // the step
	step     context.Context         // ends with the step
	end      context.CancelCauseFunc // ends it
	done     map[string]bool         // steps, by ID
	proven   map[string]int          // claims of the steps, by ID
	skipped  map[string]bool         // steps
	place    place                   // while it is presented
	left     string                  // the ID of the step with which to go on
	begins   []beginning             // of the steps, in the order in which they were told
	wanted   int                     // the step that is wanted again
}

// A beginning is the line, of those that were shown, with which a step begins.
type beginning struct{ line, step int }

// Why a step ends before its end.
var (
	errLeave = errors.New("the learner leaves")
	errAgain = errors.New("the learner wants the step again")
)

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
	p := &play{Chapter: c, options: o, sections: sections, ctx: ctx,
		done: map[string]bool{}, proven: map[string]int{}, skipped: map[string]bool{}}
	defer func() {
		if p.pager != nil && p.present {
			os.Remove(placeFile(p.Name))
		}
		var did []string // shown when others may have the ledgers again: a screen may wait
		err := l.Undo(func(command string) { did = append(did, command) })
		p.begin()
		if p.left != "" || ctx.Err() != nil { // nobody is to be waited for
			p.sh.Screen = screen
		}
		report := reporter(p.sh.Screen, lang.Text{EN: "Cleaning up:", ZH: "清理："})
		for _, command := range did {
			report(command)
		}
		if err != nil {
			p.sh.Problem(err)
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
	if o.interactive() {
		p.pager = &pager{play: p}
		p.sh.Out, p.sh.Pace = p.pager, p.pager
	}
	p.sh.Agreed = p.agreed
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
		screen.Did(command)
	}
}

// steps does the chosen steps, one after another, or one again.
func (p *play) steps() int {
	first, last := p.span(p.Chapter)
	if p.pager != nil && p.present {
		p.now = first
		p.welcome()
	}
	if p.step != nil && p.step.Err() != nil {
		p.left = p.Steps[first].ID
		return Done
	}
	began := false // the acts of the step: then it is they that are done again
	for p.now = first; p.now <= last; {
		mark := p.sh.Mark()
		err := p.tell(&began, last)
		switch {
		case err == nil:
			p.now++
			began = false
		case errors.Is(err, errAgain):
			to := p.wanted
			earlier := to < p.now
			if earlier { // what came behind it goes with it
				mark = 0
				clear(p.done)
			}
			if err := p.takeBack(mark, began || earlier); err != nil {
				p.sh.Problem(err)
				return Failed
			}
			if earlier { // which is told from its beginning
				p.now, began = to, false
			}
		case errors.Is(err, errLeave):
			p.left = p.Steps[p.now].ID
			if p.done[p.left] && p.now < last {
				p.left = p.Steps[p.now+1].ID
			}
			return Done
		default:
			return Failed
		}
	}
	return Done
}

// begin begins what a key may end.
func (p *play) begin() {
	p.step, p.end = context.WithCancelCause(p.ctx)
	p.wanted = p.now
}

// tell tells the step and does it, with a pause before its acts and one behind.
func (p *play) tell(began *bool, last int) error {
	p.begin()
	if p.pager != nil && p.present {
		p.tellPlace()
	}
	for _, before := range p.needed(p.now) {
		if !*began { // else it was taken back with the step
			p.sh.Note(lang.Text{
				EN: "First, what the step " + p.Steps[before].ID + " does:",
				ZH: "先做完步骤 " + p.Steps[before].ID + " 的事：",
			})
		}
		if err := p.do(before); err != nil {
			return err
		}
	}
	acts := p.Steps[p.now].Do != nil
	if !*began {
		if p.pager != nil {
			p.begins = append(p.begins, beginning{len(p.pager.lines), p.now})
		}
		p.words()
		if acts {
			p.pause(lang.Text{EN: "Next, the commands.", ZH: "接下来执行命令。"}, true)
		}
	}
	if p.step.Err() != nil {
		return context.Cause(p.step)
	}
	*began = acts
	if err := p.do(p.now); err != nil {
		return err
	}
	if p.now < last {
		p.pause(lang.Text{EN: "Next: ", ZH: "下一步："}.And(lang.Same(p.sections[p.now+1].Title)), false)
	}
	return context.Cause(p.step)
}

// stepOf returns the step to which the middle of a screen belongs.
func (p *play) stepOf(v view) int {
	step := p.now
	for _, b := range slices.Backward(p.begins) {
		step = b.step
		if v.last() || b.line <= (v.from+v.to)/2 {
			break
		}
	}
	return step
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

// do does step i. That this machine can't do it is no failure.
func (p *play) do(i int) error {
	step, section := p.Steps[i], p.sections[i]
	toProve := map[string]string{}
	for _, claim := range section.Claims {
		toProve[claim.ID] = inline(claim.Text)
	}
	toAnswer := map[string]shell.Question{}
	for _, q := range section.Questions {
		toAnswer[q.ID] = q.rendered()
	}
	var err error
	if step.Do != nil {
		err = p.sh.Step(p.step, step.Do, toProve, toAnswer)
	}
	var skip *shell.Skipped
	switch {
	case errors.As(err, &skip):
		p.skipped[step.ID] = true
		p.sh.Note(lang.Text{EN: "skipped: " + skip.Reason.EN, ZH: "跳过：" + skip.Reason.ZH})
	case p.step.Err() != nil: // the learner knows why
		p.proven[step.ID] = p.sh.Proven()
		return context.Cause(p.step)
	case err != nil:
		p.sh.Problem(err)
		return err
	default:
		p.proven[step.ID] = len(toProve)
	}
	p.done[step.ID] = true
	fmt.Fprintln(p.sh.Out)
	return nil
}

// takeBack takes back what the step has made, so that it can be done again; and, for
// one that builds on others, what they have made.
func (p *play) takeBack(mark int, began bool) error {
	if !began {
		return nil
	}
	p.begin()
	if p.Steps[p.now].After != "" {
		mark = 0
		clear(p.done)
	}
	p.sh.Note(lang.Text{EN: "Once more. First its traces are taken back.", ZH: "再来一遍。先收回它留下的东西。"})
	return p.sh.Step(p.step, func(sh *shell.Shell) {
		sh.GoHome()
		sh.TakeBackSince(mark)
	}, nil, nil)
}

// words shows the step's heading and words, in one go where nobody reads along.
func (p *play) words() {
	section := p.sections[p.now]
	title := titleLine(section, p.now+1, len(p.sections)) + "\n\n"
	prose := render(section.blocks, p.sh.Width)
	if p.pager == nil {
		fmt.Fprint(p.sh.Out, title+strings.TrimPrefix(prose+"\n\n", "\n\n"))
		return
	}
	if p.present {
		p.pager.newScreen()
	} else {
		fmt.Fprint(p.sh.Out, title)
	}
	for _, b := range p.shortened(section.blocks) {
		if p.step.Err() == nil {
			fmt.Fprint(p.sh.Out, render([]block{b}, p.sh.Width)+"\n\n")
		}
	}
}

// titleLine is a section's title with the step's number and its ID.
func titleLine(section Section, number, of int) string {
	return fmt.Sprintf("[%d/%d] %s  %s", number, of, shell.Heading.Sprint(section.Title), section.ID)
}

// farewell says how far the lesson went and how to go on.
func (p *play) farewell() {
	proven := 0
	_, last := p.span(p.Chapter)
	for _, section := range p.sections {
		proven += p.proven[section.ID]
	}
	switch {
	case p.left != "" && proven == 0:
		p.sh.Note(lang.Text{EN: "Stopped: no claim proven yet.", ZH: "到此为止：还没有证实什么结论。"})
	case p.left != "": // of what was not come to there is nothing to say
		p.sh.Note(lang.Text{
			EN: fmt.Sprintf("Stopped: %s so far, each proven by the kernel.", claims(proven)),
			ZH: fmt.Sprintf("到此为止：%d 个结论，都已由内核证实。", proven),
		})
	case proven > 0:
		p.sh.Note(lang.Text{
			EN: fmt.Sprintf("Done: %s, each proven by the kernel.", claims(proven)),
			ZH: fmt.Sprintf("完成：%d 个结论，都已由内核证实。", proven),
		})
	}
	if len(p.skipped) > 0 {
		p.sh.Note(lang.Text{
			EN: fmt.Sprintf("Steps skipped for the reasons given: %d.", len(p.skipped)),
			ZH: fmt.Sprintf("因上述原因跳过的步骤：%d 个。", len(p.skipped)),
		})
	}
	if p.Lab != nil && p.left == "" && p.only == "" {
		if id := p.Lab(); id != "" {
			p.sh.Hint(lang.Text{EN: "now you: by hand, and the kernel judges:", ZH: "轮到你了，亲手做一遍，由内核来判断："}, host.Start(p.Name, os.Geteuid() == 0, "lab", id))
		}
	}
	switch {
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
