package lab

import (
	"bufio"
	"context"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"time"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// glance is how often it is asked whether the file was saved. Where files are shared
// with another system, nobody tells: inotify(7) sees what this kernel does alone.
const glance = 200 * time.Millisecond

// workOnFile lays down where the learner's file begins, where there is none yet, and
// watches it. Without a terminal it looks once.
func (d *desk) workOnFile(ctx context.Context, l Lab) (int, error) {
	there, err := isThere(d.file())
	switch {
	case err != nil:
	case d.late:
		err = d.layAnew(l)
	case !there:
		err = d.lay(l)
	}
	if err != nil {
		return 0, err
	}
	if !lesson.AtTerminal() {
		return d.check(l)
	}
	d.Note(lang.Text{
		EN: "Your container is " + d.file() + ": open it in an editor, in another terminal. Whenever you save it, it is built, run and judged. Enter looks at once; h and Enter: a hint; q and Enter end.",
		ZH: "你的容器是 " + d.file() + "：请在另一个终端里用编辑器打开它。每次保存，都会编译、运行并给出判断。按回车马上看一次；h 加回车是提示；q 加回车就结束。",
	})
	if err := d.watch(ctx, l); err != nil {
		return 0, err
	}
	d.part(l)
	return passed, nil
}

// watch looks whenever the file has become another, and speaks when the verdict has.
func (d *desk) watch(ctx context.Context, l Lab) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	keys := linesOf(os.Stdin)
	var last Verdict
	var judged stamp
	for {
		now := stampOf(d.file())
		if now.there() && now != judged {
			if now = settled(ctx, d.file()); !now.there() {
				continue // it has gone meanwhile
			}
			judged = now
			v := d.lookAloud(l)
			if ctx.Err() != nil { // Ctrl-C reaches what is tried, too
				return nil
			}
			if now := stampOf(d.file()); now.there() && now != judged {
				continue // it was about a file that has been saved again
			}
			d.reread()
			noted := d.seat.note(l.ID, v)
			if last.Result != "" && v.Result == last.Result && v.Goal == last.Goal && v.Hint == last.Hint && v.Compiler == last.Compiler {
				at := time.Now().Format("15:04:05")
				d.Note(lang.Text{EN: at + ": as before.", ZH: at + "：和刚才一样。"})
			} else {
				d.tell(l, v)
				if v.Result == Pass {
					d.Note(lang.Text{EN: "(q and Enter end the lab, and say which one is next.)", ZH: "（按 q 加回车结束，并看到下一个练习。）"})
				}
			}
			d.keep(noted)
			last = v
		}
		select {
		case <-ctx.Done():
			return nil
		case key, more := <-keys:
			if key = strings.TrimSpace(key); !more || key == "q" {
				return nil
			}
			if key == "h" || key == "?" {
				if _, err := d.hint(l); err != nil {
					return err
				}
				continue
			}
			judged, last = stamp{}, Verdict{}
		case <-time.After(glance):
		}
	}
}

// lookAloud says so where a look takes long, as on a slow machine: until the verdict
// comes, nothing else moves.
func (d *desk) lookAloud(l Lab) Verdict {
	verdict := make(chan Verdict, 1)
	go func() { verdict <- d.look(l) }()
	select {
	case v := <-verdict:
		return v
	case <-time.After(time.Second):
		at := time.Now().Format("15:04:05")
		d.Note(lang.Text{EN: at + ": the file is being built and tried …", ZH: at + "：正在编译、试运行……"})
		return <-verdict
	}
}

// A stamp is by what a saved file is told from the one before.
type stamp struct {
	changed time.Time
	size    int64
}

func (s stamp) there() bool { return !s.changed.IsZero() }

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil || info.Mode().Type() != fs.FileMode(0) {
		return stamp{} // an editor is about to put another in its place
	}
	return stamp{info.ModTime(), info.Size()}
}

// settled waits a second at most until the file stays as it is: some editors empty it
// before they write.
func settled(ctx context.Context, file string) stamp {
	for end := time.Now().Add(time.Second); ; {
		before := stampOf(file)
		select {
		case <-ctx.Done():
			return before
		case <-time.After(moment):
		}
		if now := stampOf(file); now == before && now.size > 0 || time.Now().After(end) {
			return now
		}
	}
}

// linesOf returns what is typed, line by line. It ends with the program.
func linesOf(in *os.File) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}
