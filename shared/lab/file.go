package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mydocker.example/shared/lang"
)

// file is the learner's own container.
func (d *desk) file() string { return filepath.Join(d.dir, "container.go") }

// look looks once, at what is done by hand or at what the learner's program does.
func (d *desk) look(l Lab) Verdict {
	if l.Build != nil {
		return l.Build.Check(d.file(), d.seat.of(l.ID).Ticket)
	}
	r := d.seat.of(l.ID)
	if r.Answer != "" && l.Answer != nil {
		return l.Answer(r.Ticket, r.Answer)
	}
	return l.Check(r.Ticket)
}

// layAnew lays down the file with which a stage begins. What the learner had is kept
// beside it.
func (d *desk) layAnew(l Lab) error {
	kept := ""
	there, err := isThere(d.file())
	if err != nil {
		return err
	}
	if there {
		kept = d.file() + ".old"
		for n := 2; exists(kept); n++ {
			kept = d.file() + ".old" + strconv.Itoa(n)
		}
		if err := os.Rename(d.file(), kept); err != nil {
			return err
		}
	}
	if err := d.lay(l); err != nil {
		if kept != "" {
			err = errors.Join(err, os.Rename(kept, d.file()))
		}
		return err
	}
	if kept != "" {
		d.Note(lang.Text{EN: "Yours is now " + kept + ".", ZH: "你原来的文件现在是 " + kept + "。"})
	}
	d.Note(lang.Text{EN: d.file() + " begins anew.", ZH: d.file() + " 重新开始。"})
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isThere is for who makes a thing where there is none: where one may not look, as root
// on a network file system, that is no reason to make it.
func isThere(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// notThere says how the file that is to be looked at comes to be there. That is no try.
func (d *desk) notThere(l Lab) (int, error) {
	what := lang.Text{EN: d.file() + " is not there yet", ZH: d.file() + " 还没有"}
	if d.json {
		return cannotTell, d.JSON(Blind("", lang.Errorf(what)))
	}
	d.Note(what.And(lang.Text{EN: ".", ZH: "。"}))
	d.Hint(lang.Text{EN: "this lays it down and shows the task:", ZH: "这条命令放好文件，并给出任务："}, d.typed("lab", l.ID))
	return cannotTell, nil
}

// lay writes the file with which a stage begins. It is the learner's, also where sudo
// has made us root, and nothing that is there is written over or followed.
func (d *desk) lay(l Lab) error {
	dir, err := filepath.Abs(d.dir)
	if err != nil {
		return err
	}
	if err := makeDir(dir, 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(d.file(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(l.Build.Begin)
	if err = errors.Join(err, file.Close(), likeParent(filepath.Join(dir, filepath.Base(d.file())))); err != nil {
		os.Remove(d.file()) // a half would be taken for the learner's
	}
	return err
}

// solution shows the whole file, to who has passed or gives up.
func (d *desk) solution(l Lab) (int, error) {
	if l.Build == nil {
		d.Note(lang.Text{EN: "What is done by hand has no file to show: lab hint " + l.ID, ZH: "动手做的练习没有文件可看：lab hint " + l.ID})
		return passed, nil
	}
	if d.seat.of(l.ID).Result != Pass && !d.solve {
		d.Note(lang.Text{EN: "After a pass, or with --give-up.", ZH: "通过之后再看，或者加 --give-up。"})
		d.Hint(lang.Text{EN: "to see it now:", ZH: "现在就要看："}, d.typed("lab", "solution", l.ID, "--give-up"))
		return notYet, nil
	}
	_, err := fmt.Fprint(d.Out, string(l.Build.Solution))
	return passed, err
}

// step returns the line that shows a step, of this day or, as "DAY ID", of another.
func (d *desk) step(step string) string {
	day, id, another := strings.Cut(step, " ")
	if !another {
		return d.typed("--only", step)
	}
	return d.typedFor(day, "--only", id)
}
