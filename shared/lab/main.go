package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
	"mydocker.example/shared/shell"
)

// Exit statuses of lab check.
const (
	passed     = 0
	notYet     = 1
	wrongUsage = 2
	cannotTell = 3
)

// A desk is a day's labs as one learner has them before them.
type desk struct {
	Day
	shell.Screen
	seat  *seat
	texts []lesson.Section
	json  bool
	solve bool   // --give-up
	late  bool   // --catch-up
	dir   string // --dir
	name  string // --seat
}

// Usage is the line of a chapter's --help for this sub-command.
var Usage = lang.Text{
	EN: "       %[1]s lab ...          now you: tasks, judged by the kernel\n",
	ZH: "      %[1]s lab …            轮到你了：动手做任务，由内核来判断\n",
}

var usage = lang.Text{
	EN: `Usage: %[1]s lab [flags] [...]
  lab              what there is to do
  lab ID           the task, and a shell in which to do it, or a watch on your file
  lab check ID     one look, one verdict; lab check ID WORD where it asks for one
  lab hint ID      a hint; asked again, a nearer one
  lab reset ID     begin again, with a new number or a new file
  lab solution ID  of a program: how we did it, after a pass
  lab report       how far you are, as a file of numbers; nothing is sent

Flags:
%[2]s
Exit status of check: 0 pass, 1 not yet, 3 cannot tell; of all: 2 wrong usage.
`,
	ZH: `用法：%[1]s lab [选项] […]
  lab              有哪些练习
  lab ID           看任务，再打开一个 shell 动手做，或者盯着你的文件
  lab check ID     看一眼，下一个判断；要回答的练习写 lab check ID 词
  lab hint ID      给一个提示；再问一次，更进一步
  lab reset ID     换一个号码或一个新文件，从头再来
  lab solution ID  写程序的练习：通过之后看我们的写法
  lab report       你做到哪里了，写成一个全是数字的文件；不会发给谁

选项：
%[2]s
退出状态：check 为 0 通过，1 还没有，3 看不出来；用法有误都是 2。
`,
}

// Main is the sub-command lab of a day's program; it returns the exit status.
func Main(day Day, args []string) int {
	host.Runs(day.Name)
	d := desk{Day: day}
	words, err := d.parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return passed
	}
	if err == nil {
		var status int
		if status, err = d.do(words); err == nil {
			return lesson.Written(status, d.Screen)
		}
	}
	d.On(os.Stderr).Problem(err)
	return wrongUsage
}

func (d *desk) parse(args []string) (words []string, err error) {
	flags := pflag.NewFlagSet("lab", pflag.ContinueOnError)
	flags.SortFlags = false
	say := func(en, zh string) string { return lang.Text{EN: en, ZH: zh}.In(lesson.LanguageOf(args)) }
	flags.StringVar(&d.dir, "dir", "mine", say("the `DIR` of your container.go", "你的 container.go 所在的目录，`DIR`"))
	flags.BoolVar(&d.late, "catch-up", false, say("begin where the stage before ends; your file keeps another name", "从上一关的终点开始；你的文件会改名留着"))
	flags.BoolVar(&d.solve, "give-up", false, say("show the solution before you have one", "还没做出来就看答案"))
	flags.StringVar(&d.name, "seat", "", say("for report: a `NAME` that you choose", "用于 report：你自己取的名字，`NAME`"))
	flags.BoolVar(&d.json, "json", false, say("for programs", "给程序看"))
	flags.Usage = func() {
		l := lesson.LanguageOf(args)
		fmt.Printf(usage.In(l), lesson.Program(), lesson.FlagUsages(flags, l))
	}
	d.Screen, err = lesson.ScreenOf(flags, args)
	return flags.Args(), err
}

func (d *desk) do(words []string) (status int, err error) {
	text, err := d.Text.ReadFile(lesson.ReadmeName(d.Lang))
	if err != nil {
		return 0, err
	}
	if d.texts, err = lesson.ParseLabs(text); err != nil {
		return 0, err
	}
	if err = d.open(); err != nil {
		return 0, err
	}
	if d.seat.aside != "" {
		d.On(os.Stderr).Note(lang.Text{
			EN: "What was remembered of your labs can't be understood: it is now " + d.seat.aside + ".",
			ZH: "记下的练习进度读不懂，已改名为 " + d.seat.aside + "。",
		})
	}
	switch {
	case len(words) == 0:
		return passed, d.list()
	case len(words) == 1 && words[0] == "report":
		return passed, d.report()
	}
	verbs := map[string]func(Lab) (int, error){"check": d.check, "hint": d.hint, "reset": d.reset, "solution": d.solution}
	verb, known := verbs[words[0]]
	all := words
	switch {
	case words[0] == "check" && len(words) == 3:
		answer := words[2]
		verb, words = func(l Lab) (int, error) { return d.answer(l, answer) }, words[1:]
	case known && len(words) == 2:
		words = words[1:]
	case known && len(words) == 1:
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "lab %s: of which lab?", ZH: "lab %s：哪一个练习？"}, words[0]),
			lang.Same(lesson.Program()+" lab "+words[0]+" "+d.Labs[0].ID))
	case known || len(words) > 1:
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "lab %s", ZH: "lab %s"}, strings.Join(words, " ")),
			lang.Text{EN: "see lab --help", ZH: "请看 lab --help"})
	default:
		verb = d.work
	}
	i := slices.IndexFunc(d.Labs, func(l Lab) bool { return l.ID == words[0] })
	if i < 0 {
		if day := elsewhere(words[0]); day != "" {
			return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "lab %s: it is one of %s's", ZH: "lab %s：它是 %s 的练习"}, words[0], day),
				lang.Same(d.typedFor(day, append([]string{"lab"}, all...)...)))
		}
		return 0, lesson.OneOf("lab", words[0], d.ids()...)
	}
	return verb(d.Labs[i])
}

// open reads what is remembered.
func (d *desk) open() error {
	read, err := openSeat(d.Name)
	if err != nil {
		return remembered(err)
	}
	d.seat = read
	return nil
}

// reread reads it again: another program of this learner's may have looked. Where it
// can't be written down or read, what this program knows goes on being true.
func (d *desk) reread() {
	if d.seat.lost {
		d.keep(d.seat.save())
	}
	if !d.seat.lost {
		d.keep(d.open())
	}
}

// keep says, once, that what was seen can't be remembered. A full disk takes nothing
// from the lab itself.
func (d *desk) keep(err error) {
	if err == nil || d.seat.said {
		return
	}
	d.seat.said = true
	if d.json {
		d.On(os.Stderr).Problem(remembered(err))
	} else {
		d.Problem(remembered(err))
	}
}

func remembered(err error) error {
	if err == nil {
		return nil
	}
	return lang.WithCure(fmt.Errorf("what is remembered of the labs: %w", err), lang.Text{
		EN: "XDG_STATE_HOME names another directory for it",
		ZH: "可以用 XDG_STATE_HOME 另给一个目录",
	})
}

// daysLabs are those of each day, for who asks one day's program for another's. (As a
// variable it would be filled at each start of a program that has labs.)
func daysLabs() map[string][]string {
	return map[string][]string{
		"day1-namespaces": {"own-name", "pid-one", "private-mount", "root-inside", "run", "namespaces"},
		"day2-cgroups":    {"move-in", "memory-limit", "pids-cpu", "two-lives", "own-proc", "words", "limit", "gate", "leave"},
		"day3-framework":  {"enter", "which-wall", "root", "walls", "whole"},
	}
}

// elsewhere returns the day that has a lab.
func elsewhere(id string) string {
	for day, ids := range daysLabs() {
		if slices.Contains(ids, id) {
			return day
		}
	}
	return ""
}

func (d *desk) ids() (list []string) {
	for _, l := range d.Labs {
		list = append(list, l.ID)
	}
	return list
}

// typed returns a line with which this learner starts the day's program again.
func (d *desk) typed(args ...string) string { return d.typedFor(d.Name, args...) }

// typedFor returns the same for another day's.
func (d *desk) typedFor(day string, args ...string) string {
	if d.dir != "mine" && args[0] == "lab" {
		args = append(slices.Clone(args), "--dir", d.dir)
	}
	if d.Lang != lang.FromEnv(os.Getenv) && args[0] != "clean" {
		args = append(slices.Clone(args), "--lang", string(d.Lang))
	}
	return host.Start(day, os.Geteuid() == 0, args...)
}

// about returns a lab's text.
func (d *desk) about(l Lab) lesson.Section {
	i := slices.IndexFunc(d.texts, func(s lesson.Section) bool { return s.ID == l.ID })
	if i < 0 { // a test sees to it that there is one
		return lesson.Section{ID: l.ID, Title: l.ID}
	}
	return d.texts[i]
}

// list shows what there is to do, what is done, and what comes next.
func (d *desk) list() error {
	type row struct {
		Day     string `json:"day"`
		ID      string `json:"id"`
		Kind    string `json:"kind"`
		Minutes int    `json:"minutes"`
		Core    bool   `json:"core"`
		Result  Result `json:"verdict"`
	}
	var rows []row
	for _, l := range d.Labs {
		s, result, kind := d.about(l), Result(""), "hand"
		if l.Build != nil {
			kind = "build"
		}
		if r := d.seat.Labs[l.ID]; r != nil {
			result = r.Result
		}
		rows = append(rows, row{d.Name, l.ID, kind, s.Minutes, s.Core, result})
	}
	if d.json {
		return d.JSON(rows)
	}
	next, kind := "", ""
	for i, r := range rows {
		if r.Kind != kind {
			kind = r.Kind
			d.Note(d.kindOf(d.Labs[i]))
		}
		mark, how := "  ", lang.Text{EN: "more", ZH: "选做"}
		if r.Core {
			how = lang.Text{EN: "core", ZH: "必做"}
		}
		if r.Result == Pass {
			mark = shell.Good.Sprint("✓ ")
			if d.Plain {
				mark = "ok "
			}
		} else if next == "" {
			next = r.ID
		}
		minutes := lang.Text{EN: "min", ZH: "分钟"}
		fmt.Fprintf(d.Out, "%s%-14s %2d %s  %s  %s\n", mark, r.ID, r.Minutes, minutes.In(d.Lang), how.In(d.Lang), d.about(d.Labs[i]).Title)
	}
	if next != "" {
		d.Hint(lang.Text{EN: "next:", ZH: "接下来："}, d.typed("lab", next))
	}
	return nil
}

// kindOf says what is done in labs like this one.
func (d *desk) kindOf(l Lab) lang.Text {
	if l.Build == nil {
		return lang.Text{EN: "By hand, in a shell:", ZH: "在 shell 里动手做："}
	}
	return lang.Text{EN: "Your own container, in " + d.file() + ":", ZH: "你自己的容器，写在 " + d.file() + " 里："}
}

// check looks once.
func (d *desk) check(l Lab) (int, error) {
	if l.Build != nil {
		there, err := isThere(d.file())
		if err == nil && !there {
			return d.notThere(l)
		}
	}
	v := d.look(l)
	err := d.seat.note(l.ID, v)
	if d.json {
		if err := d.JSON(v); err != nil {
			return 0, err
		}
	} else {
		d.tell(l, v)
		r := d.seat.of(l.ID)
		switch {
		case v.Result == Pass && l.Beside == nil && d.left(l): // what runs beside goes with the lab
			d.Hint(removes, d.typed("clean"))
		case v.Result != Pass && r.Result == Pass:
			d.Note(r.passedOn().And(lang.Text{EN: " This is how it is now.", ZH: "上面说的是现在的样子。"}))
		}
	}
	d.keep(err)
	return statuses(v.Result), nil
}

func statuses(r Result) int {
	return map[Result]int{Pass: passed, NotYet: notYet, CannotTell: cannotTell}[r]
}

// tell shows a verdict: the goals up to the first that does not hold, what was seen,
// how to look at it oneself, and a question.
func (d *desk) tell(l Lab, v Verdict) {
	ticket := d.seat.of(l.ID).Ticket
	goals := d.about(l).Goals
	seen := lang.Text{EN: "seen: ", ZH: "看到："}.In(d.Lang) + v.Seen
	if v.Compiler != "" {
		d.Note(lang.Text{EN: "It does not compile:", ZH: "编译不过："})
		fmt.Fprintln(d.Out, v.Compiler)
		return
	}
	if v.Goal != "" && !slices.ContainsFunc(goals, func(g lesson.Claim) bool { return g.ID == v.Goal }) {
		goals = []lesson.Claim{{ID: v.Goal, Text: v.Fact.In(d.Lang)}}
	}
	for i, goal := range goals {
		words := numbered(lesson.Words(goal.Text), ticket)
		holds := v.Result == Pass || goal.ID != v.Goal
		switch {
		case holds && i == len(goals)-1 && v.Seen != "":
			d.Verdict(true, words, seen)
		case holds:
			d.Verdict(true, words, "")
			continue
		case v.Result == CannotTell:
			d.Note(lang.Text{EN: "cannot tell: ", ZH: "看不出来："}.And(lang.Same(words)))
			text := v.Seen
			if message, cure := lang.Explain(v.Why, d.Lang); cure != "" {
				text = message + lang.Text{EN: ": ", ZH: "："}.In(d.Lang) + cure
			}
			fmt.Fprintln(d.Out, shell.Wrap("  "+text, d.Width, "  "))
		default:
			d.Verdict(false, words, seen)
		}
		break
	}
	hint, known := l.Hints[v.Hint]
	switch {
	case v.Result == Pass:
		d.Note(lang.Text{EN: "Done.", ZH: "完成。"})
	case known:
		if l.Build == nil {
			fmt.Fprintln(d.Out, shell.Wrap("  "+hint.What.In(d.Lang), d.Width, "  "))
			d.Command(strings.NewReplacer("%d", fmt.Sprint(ticket), "%s", v.Seen).Replace(hint.Look))
		}
		fmt.Fprintln(d.Out, shell.Wrap("  "+hint.Ask.In(d.Lang), d.Width, "  "))
	}
}

// numbered puts the ticket's number where the text has the word.
func numbered(text string, ticket int) string {
	return strings.ReplaceAll(text, "TICKET", fmt.Sprint(ticket))
}

// hint climbs, one rung each time it is asked, and begins where the verdict has ended:
// what to look at next, the step of the lesson, the man page.
func (d *desk) hint(l Lab) (int, error) {
	r := d.seat.of(l.ID)
	hint, known := l.Hints[r.Hint]
	switch {
	case r.Result == Pass && !known:
		d.Note(r.passedOn())
		return passed, nil
	case r.Result == CannotTell:
		d.Note(lang.Text{EN: "There is no hint where nothing could be seen: the verdict says why.", ZH: "什么都没看到，也就没有提示：原因写在判断里。"})
		return passed, nil
	case !known:
		d.Hint(lang.Text{EN: "there is a hint once there is a verdict:", ZH: "先有判断，才有提示："}, d.typed("lab", "check", l.ID))
		return passed, nil
	}
	if r.Result == Pass {
		d.Note(r.passedOn().And(lang.Text{EN: " Of what was seen since:", ZH: "关于之后看到的："}))
	}
	r.Asked++
	text := hint.Ask
	if hint.Next.EN != "" {
		text = hint.Next
	}
	fmt.Fprintln(d.Out, shell.Wrap(strings.ReplaceAll(strings.TrimSpace(text.In(d.Lang)), "%d", fmt.Sprint(r.Ticket)), d.Width, ""))
	d.Hint(lang.Text{EN: "the step of the lesson that shows it:", ZH: "课里讲到它的那一步："}, d.step(hint.Step))
	if r.Asked > 1 {
		d.Hint(lang.Text{EN: "and the man page:", ZH: "还有手册页："}, "man "+hint.Man)
	}
	d.keep(d.seat.save())
	return passed, nil
}

// reset draws a new ticket: what was made under the old one goes.
func (d *desk) reset(l Lab) (int, error) {
	if l.Build != nil {
		delete(d.seat.Labs, l.ID)
		if err := d.layAnew(l); err != nil {
			return 0, err
		}
		return passed, d.seat.save()
	}
	if r := d.seat.Labs[l.ID]; r != nil {
		if err := remove(r.Ticket, d.Command); err != nil {
			return 0, err
		}
	}
	delete(d.seat.Labs, l.ID)
	d.Note(lang.Text{
		EN: fmt.Sprintf("%s begins again, with the number %d.", l.ID, d.seat.of(l.ID).Ticket),
		ZH: fmt.Sprintf("%s 从头再来，号码是 %d。", l.ID, d.seat.of(l.ID).Ticket),
	})
	return passed, d.seat.save()
}

// work shows the task and opens a shell in which to do it, at a terminal.
func (d *desk) work(l Lab) (int, error) {
	d.task(l)
	err := d.seat.save()
	if err != nil && l.Build == nil && !lesson.AtTerminal() { // the next program would draw another number
		return 0, remembered(err)
	}
	d.keep(err)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if l.Build != nil {
		return d.workOnFile(ctx, l)
	}
	if !lesson.AtTerminal() {
		d.Hint(lang.Text{EN: "when you have done it:", ZH: "做好之后："}, d.typed("lab", "check", l.ID))
		return passed, nil
	}
	if err := d.beside(ctx, l); err != nil {
		return 0, err
	}
	if d.left(l) {
		d.Hint(removes, d.typed("clean"))
	}
	d.part(l)
	return passed, nil // to leave is no failure: a verdict's status is that of check
}

// part says, at the end of a lab, how it goes on.
func (d *desk) part(l Lab) {
	next := d.Next()
	if l.Build != nil { // a container grows from stage to stage
		for _, other := range d.Labs[slices.IndexFunc(d.Labs, func(o Lab) bool { return o.ID == l.ID })+1:] {
			if other.Build != nil && d.seat.of(other.ID).Result != Pass {
				next = other.ID
				break
			}
		}
	}
	switch {
	case d.seat.of(l.ID).Result != Pass:
		d.Hint(lang.Text{EN: "not done yet; to go on with it:", ZH: "还没做完；要接着做："}, d.typed("lab", l.ID))
	case next != "":
		d.Hint(lang.Text{EN: "done; the next one:", ZH: "做完了；下一个："}, d.typed("lab", next))
	}
}

// task shows what to do.
func (d *desk) task(l Lab) {
	s := d.about(l)
	r := d.seat.of(l.ID)
	ticket, box := r.Ticket, "[ ] "
	fmt.Fprintf(d.Out, "%s\n\n", shell.Heading.Sprint(s.Title))
	if r.Result == Pass {
		box = "[x] "
		d.Note(r.passedOn())
		d.Hint(lang.Text{EN: "to do it again, judged anew:", ZH: "要重做一遍、重新判断："}, d.typed("lab", "reset", l.ID))
		fmt.Fprintln(d.Out)
	}
	fmt.Fprintf(d.Out, "%s\n\n", numbered(s.Text(d.Width), ticket))
	for _, goal := range s.Goals {
		fmt.Fprintln(d.Out, shell.Wrap(box+numbered(lesson.Words(goal.Text), ticket), d.Width, "    "))
	}
	if l.Step != "" {
		d.Hint(lang.Text{EN: "the step of the lesson that shows the way:", ZH: "课里讲过做法的那一步："}, d.step(l.Step))
	}
	fmt.Fprintln(d.Out)
}
