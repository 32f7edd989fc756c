package lesson

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/shell"
)

// A place is where a lesson is that is being presented, for the speaker's second
// terminal. It lies in a file beside the ledgers, where another program of the same
// user finds it.
type place struct {
	Step  string    `json:"step"`
	Began time.Time `json:"began"` // the lesson
	Since time.Time `json:"since"` // the step
}

func placeFile(chapter string) string {
	return filepath.Join(ledger.Dir(), "present-"+chapter+".json")
}

// save replaces the file whole: who reads it meanwhile sees the one or the other.
func (at place) save(chapter string) error {
	text, err := json.Marshal(at)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(ledger.Dir(), ".present-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), placeFile(chapter))
}

// tellPlace tells the second terminal which step has begun.
func (p *play) tellPlace() {
	now := time.Now()
	if p.place.Began.IsZero() {
		p.place.Began = now
	}
	if id := p.Steps[p.now].ID; p.place.Step != id {
		p.place.Step, p.place.Since = id, now
	}
	if err := p.place.save(p.Name); err != nil {
		p.sh.Problem(err)
	}
}

// welcome says, before a class sees the first screen, how the speaker sees the notes.
func (p *play) welcome() {
	p.begin()
	p.sh.Hint(lang.Text{EN: "the speaker's notes, in a second terminal:", ZH: "讲稿，在另一个终端里看："},
		host.Start(p.Name, os.Geteuid() == 0, "--notes", "--lang="+string(p.lang)))
	p.pause(lang.Text{EN: "The lesson begins.", ZH: "开始上课。"}, false)
}

// notes shows the note of the step that is being presented, second by second.
func (c Chapter) notes(screen shell.Screen, sections []Section) int {
	ctx, signalled := untilSignal()
	for {
		if screen.Redraw {
			fmt.Fprint(screen.Out, "\x1b[H\x1b[2J")
		}
		c.showNote(screen, sections, time.Now())
		if !screen.Redraw {
			return Done
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return signalled()
		}
	}
}

// showNote shows one note, the clock, and the minutes planned and used.
func (c Chapter) showNote(screen shell.Screen, sections []Section, now time.Time) {
	var at place
	text, err := os.ReadFile(placeFile(c.Name))
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	i := slices.IndexFunc(sections, func(s Section) bool { return s.ID == at.Step })
	if err != nil || i < 0 {
		screen.Note(lang.Text{
			EN: now.Format("15:04:05") + "  No lesson is being presented by this user, or it waits for its first key. It begins with:",
			ZH: now.Format("15:04:05") + "  当前用户没有正在讲的课，或者课还在等第一次按键。这样开始：",
		})
		fmt.Fprintln(screen.Out, host.Start(c.Name, os.Geteuid() == 0, "--present"))
		return
	}
	planned, all := 0, 0
	for k, s := range sections {
		all += s.Minutes
		if k <= i {
			planned += s.Minutes
		}
	}
	used := func(since time.Time) string { return fmt.Sprintf("%.0f", now.Sub(since).Minutes()) }
	screen.Note(lang.Text{
		EN: fmt.Sprintf("%s   this step: %s of %d min   the lesson: %s min; planned: %d up to here, %d in all",
			now.Format("15:04:05"), used(at.Since), sections[i].Minutes, used(at.Began), planned, all),
		ZH: fmt.Sprintf("%s   这一步：%s 分钟，计划 %d   整堂课：%s 分钟，计划到这里 %d，总共 %d",
			now.Format("15:04:05"), used(at.Since), sections[i].Minutes, used(at.Began), planned, all),
	})
	fmt.Fprintf(screen.Out, "\n%s\n\n%s\n", titleLine(sections[i], i+1, len(sections)), shell.Wrap(inline(sections[i].Note), screen.Width, ""))
	if i+1 < len(sections) {
		fmt.Fprintf(screen.Out, "\n%s%s\n", lang.Text{EN: "Next: ", ZH: "下一步："}.In(screen.Lang), sections[i+1].Title)
	}
}
