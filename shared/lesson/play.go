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

// play runs the chosen steps, and takes everything back on every way out.
func (c Chapter) play(o options, sections []Section, screen shell.Screen) int {
	ctx, status := untilSignal()
	os.Setenv(ledger.Marker, fmt.Sprint(os.Getpid()))
	if err := ledger.Sweep(func(command string) { sweeping(screen, command) }); err != nil {
		screen.Problem(err)
		return Failed
	}
	l, err := ledger.Open()
	if err != nil {
		screen.Problem(err)
		return Cannot
	}
	before, err := host.Snapshot()
	if err != nil {
		screen.Problem(err)
		return Cannot
	}
	sh := shell.New(ctx, screen, l, before)

	result := c.steps(sh, o, sections, ctx)
	undone := false
	err = l.Undo(func(command string) {
		if !undone {
			fmt.Fprintln(screen.Out)
			screen.Note(lang.Text{EN: "Cleaning up:", ZH: "清理："})
		}
		undone = true
		screen.Command(command)
	})
	if err != nil {
		screen.Problem(err)
		return Failed
	}
	if signalled := status(); signalled != 0 {
		return signalled
	}
	return result
}

// sweeping says what an earlier run left and this one removes.
func sweeping(screen shell.Screen, command string) {
	screen.Note(lang.Text{EN: "An earlier run was interrupted and left this; taking it back:", ZH: "上一次运行被中断，留下了这个；现在收回："})
	screen.Command(command)
}

func (c Chapter) steps(sh *shell.Shell, o options, sections []Section, ctx context.Context) int {
	done := map[string]bool{}
	proofs, skipped := 0, 0
	first, last := o.span(c)
	for i := first; i <= last; i++ {
		for _, before := range c.needed(i, done) {
			if status := c.catchUp(sh, sections[before], c.Steps[before]); status != Done {
				return status
			}
			done[c.Steps[before].ID] = true
		}
		narrate(sh.Screen, sections[i], i+1, len(sections))
		err := c.do(sh, sections[i], c.Steps[i])
		var skip *shell.Skipped
		switch {
		case errors.As(err, &skip):
			skipped++
			sh.Note(lang.Text{EN: "skipped: " + skip.Reason.EN, ZH: "跳过：" + skip.Reason.ZH})
		case ctx.Err() != nil:
			return Done
		case err != nil:
			sh.Problem(err)
			return Failed
		default:
			proofs += len(sections[i].Claims)
		}
		done[c.Steps[i].ID] = true
		fmt.Fprintln(sh.Out)
		if i < last && !o.pause(ctx, sections[i+1], sh.Width) {
			return Done
		}
	}
	farewell(sh.Screen, proofs, skipped)
	return Done
}

// needed lists the steps that step i builds on and that have not been done,
// the earliest first.
func (c Chapter) needed(i int, done map[string]bool) []int {
	var list []int
	for after := c.Steps[i].After; after != "" && !done[after]; {
		before := slices.Index(c.ids(), after)
		list = append([]int{before}, list...)
		after = c.Steps[before].After
	}
	return list
}

// catchUp does a step without telling it.
func (c Chapter) catchUp(sh *shell.Shell, section Section, step Step) int {
	sh.Note(lang.Text{
		EN: "First, what the step " + section.ID + " does:",
		ZH: "先做完步骤 " + section.ID + " 的事：",
	})
	if err := c.do(sh, section, step); err != nil {
		sh.Problem(err)
		return Failed
	}
	fmt.Fprintln(sh.Out)
	return Done
}

func (c Chapter) do(sh *shell.Shell, section Section, step Step) error {
	if step.Do == nil {
		return nil
	}
	claims := map[string]string{}
	for _, claim := range section.Claims {
		claims[claim.ID] = inline(claim.node, section.source)
	}
	return sh.Step(step.Do, claims)
}

// narrate prints a section's heading and prose.
func narrate(screen shell.Screen, section Section, number, of int) {
	fmt.Fprintf(screen.Out, "%s %s\n\n", faint.Sprintf("[%d/%d]", number, of), heading.Sprint(section.Title))
	if text := render(section.blocks, section.source, screen.Width); text != "" {
		fmt.Fprint(screen.Out, text, "\n\n")
	}
}

func farewell(screen shell.Screen, proofs, skipped int) {
	en, zh := fmt.Sprintf("Done: %d claims, each proven by the kernel.", proofs), fmt.Sprintf("完成：%d 条说法，条条有内核为证。", proofs)
	if skipped > 0 {
		en += fmt.Sprintf(" %d steps skipped, for the reasons given.", skipped)
		zh += fmt.Sprintf("另有 %d 步因上述原因跳过。", skipped)
	}
	screen.Note(lang.Text{EN: en, ZH: zh})
}
