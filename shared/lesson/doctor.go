package lesson

import (
	"errors"
	"fmt"
	"os/signal"
	"slices"
	"syscall"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/shell"
)

// doctor says what this machine is and what will work.
func doctor(checks []func() host.Check, screen shell.Screen) int {
	lacking, status := show(checks, screen, func(host.Check) bool { return true })
	screen.Note(verdict(lacking, screen.Plain))
	return status
}

// verdict says in words what the exit status says.
func verdict(lacking []host.Check, plain bool) lang.Text {
	switch {
	case len(lacking) == 0:
		return lang.Text{EN: "Nothing that this chapter needs is missing.", ZH: "这一章需要的，一样不缺。"}
	case onlyRoot(lacking):
		return lang.Text{
			EN: "As far as can be seen without root's rights, nothing else is missing.",
			ZH: "就目前能检查的来看，只差 root 权限。",
		}
	}
	cross := "✗"
	if plain {
		cross = "NO:"
	}
	return lang.Text{
		EN: "This chapter can't run here as it is: what is missing is marked " + cross + ", with what to do about it.",
		ZH: "按现状，这里还上不了这一章：缺的各项以 " + cross + " 标出，该怎么办写在下面一行。",
	}
}

// onlyRoot reports whether being root would cure all that is lacking.
func onlyRoot(lacking []host.Check) bool {
	return !slices.ContainsFunc(lacking, func(c host.Check) bool { return !c.WantsRoot })
}

// missing shows what the lesson needs and this machine lacks, and returns it.
func missing(checks []func() host.Check, screen shell.Screen) []host.Check {
	lacking, _ := show(checks, screen, func(c host.Check) bool { return c.Status == host.No })
	return lacking
}

// show runs the checks and prints those that it is asked for. After one
// without which the others make no sense it ends.
func show(checks []func() host.Check, screen shell.Screen, wanted func(host.Check) bool) (lacking []host.Check, status int) {
	for _, check := range checks {
		found := check()
		if wanted(found) {
			row(screen, found)
		}
		if found.Status != host.No {
			continue
		}
		lacking, status = append(lacking, found), Cannot
		if found.Fatal {
			break
		}
	}
	return lacking, status
}

func row(screen shell.Screen, c host.Check) {
	colon := lang.Text{EN: ": ", ZH: "："}.In(screen.Lang)
	fmt.Fprintln(screen.Out, shell.Wrap(mark(c.Status, screen.Plain)+" "+c.What.In(screen.Lang)+colon+c.Found.In(screen.Lang), screen.Width, "  "))
	if cure := c.Cure.In(screen.Lang); c.Status != host.Yes && cure != "" {
		fmt.Fprintln(screen.Out, shell.Wrap("  "+cure, screen.Width, "  "))
	}
}

func mark(status host.Status, plain bool) string {
	switch {
	case plain:
		return [...]string{host.Yes: "ok:", host.Perhaps: "note:", host.No: "NO:"}[status]
	case status == host.Yes:
		return shell.Good.Sprint("✓")
	case status == host.Perhaps:
		return shell.Remark.Sprint("!")
	}
	return shell.Bad.Sprint("✗")
}

// clean takes back what interrupted runs left, and what the learner made in the labs.
func (c Chapter) clean(screen shell.Screen) int {
	signal.Ignore(syscall.SIGPIPE) // it goes on where nobody reads what it says
	removed := false
	report := func(command string) {
		removed = true
		screen.Did(command)
	}
	err := ledger.Sweep(report)
	if c.Clean != nil {
		err = errors.Join(err, c.Clean(report))
	}
	if err != nil {
		screen.Problem(err)
		return Failed
	}
	switch {
	case ledger.Abandoned():
		screen.Note(lang.Text{
			EN: "Something is left over that can't be seen from here: its cgroup hierarchy is not mounted.",
			ZH: "还有遗留的东西，但从这里看不到：它所在的 cgroup 层级没有挂载。",
		})
	case !removed:
		screen.Note(lang.Text{EN: "Nothing was left over.", ZH: "没有遗留的东西。"})
	}
	return Done
}
