package labs

import (
	"fmt"
	"os/exec"
	"strings"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// walls are what a container may lack, in the words with which it is said.
var walls = []string{"uts", "pid", "mnt", "ipc", "net", "cgroup", "capabilities", "no-new-privs"}

// A guess is what which-wall looks at.
type guess struct {
	Box  lab.Process
	Wall string // the learner's answer; "" before there is one
}

func whichWall() lab.Lab {
	hints := map[string]lab.Hint{
		"no-box": noBox("sleep %d"),
		"no-answer": {
			What: lang.Text{EN: "The container runs, and one of its walls is missing. You have not said which.", ZH: "容器在运行，它缺一面墙。你还没说是哪一面。"},
			Look: "for n in uts pid mnt ipc net cgroup; do readlink /proc/$(pgrep -fx 'sleep %d')/ns/$n /proc/self/ns/$n; done",
			Ask:  lang.Text{EN: "Of which pair are both the same? And if of none: what do CapBnd and NoNewPrivs in its status say?", ZH: "哪一对里外一样？如果都不一样：它的 status 里，CapBnd 和 NoNewPrivs 说了什么？"},
			Next: lang.Text{EN: "First the six links, then the two lines in status: grep -E 'CapBnd|NoNewPrivs' /proc/PID/status.", ZH: "先看六个链接，再看 status 里的两行：grep -E 'CapBnd|NoNewPrivs' /proc/PID/status。"},
			Step: "namespaces", Man: "7 namespaces",
		},
		"capabilities-stands": {
			What: lang.Text{EN: "Its bounding set is empty: no program in it can get any capability. That wall stands.", ZH: "它的边界集是空的：里面的程序得不到任何权能。这面墙是好的。"},
			Look: "grep CapBnd /proc/$(pgrep -fx 'sleep %d')/status",
			Ask:  lang.Text{EN: "What does this line say of a shell of yours?", ZH: "你自己的 shell，这一行写的是什么？"},
			Next: lang.Text{EN: "In your own shell the line has bits, in the container none: nothing was left out here. Try the next wall.", ZH: "你自己的 shell 里这一行有置位，容器里全是 0：这面墙没有漏掉。看下一面。"},
			Step: "walls", Man: "7 capabilities",
		},
		"no-new-privs-stands": {
			What: lang.Text{EN: "No set-user-ID program can give it anything. That wall stands.", ZH: "set-user-ID 程序什么也给不了它。这面墙是好的。"},
			Look: "grep NoNewPrivs /proc/$(pgrep -fx 'sleep %d')/status",
			Ask:  lang.Text{EN: "What does this line say of a shell of yours?", ZH: "你自己的 shell，这一行写的是什么？"},
			Next: lang.Text{EN: "In your own shell it is 0, in the container 1: nothing was left out here. Try the next wall.", ZH: "你自己的 shell 里是 0，容器里是 1：这面墙没有漏掉。看下一面。"},
			Step: "walls", Man: "2 prctl",
		},
	}
	for _, kind := range walls[:6] {
		hints[kind+"-stands"] = lab.Hint{
			What: lang.Text{EN: "It has its own namespace of this kind. That wall stands.", ZH: "这种命名空间它有自己的。这面墙是好的。"},
			Look: "readlink /proc/$(pgrep -fx 'sleep %d')/ns/" + kind + " /proc/self/ns/" + kind,
			Ask:  lang.Text{EN: "The two numbers differ. Of which wall do they not?", ZH: "这两个号码不一样。哪一面墙的才一样？"},
			Next: lang.Text{EN: "A wall that is missing shows as a pair with one number, not two. Go on to the next kind; if all six differ, look at CapBnd and NoNewPrivs.", ZH: "缺的那面墙，里外是同一个号码。接着看下一种；六种都不同，就看 CapBnd 和 NoNewPrivs。"},
			Step: "namespaces", Man: "7 namespaces",
		}
	}
	l := lab.New("which-wall", "walls", func(ticket int) guess { return guess{Box: lab.Find(ticket)} }, judgeGuess, hints)
	l.Words = walls
	l.Answer = func(ticket int, wall string) lab.Verdict { return judgeGuess(guess{lab.Find(ticket), wall}) }
	l.Beside = func(ticket int) *exec.Cmd { return startBox(boxName(ticket), ticket, walls[ticket%len(walls)]) }
	return l
}

// judgeGuess compares the answer with what the kernel says, not with what was drawn.
func judgeGuess(g guess) lab.Verdict {
	if v, ok := running(g.Box); !ok {
		return v
	}
	missing, err := missingWall(g.Box)
	switch {
	case err != nil:
		return lab.Blind("running", err)
	case g.Wall == "":
		return lab.No("answered", "no-answer", fmt.Sprintf("PID %d", g.Box.PID))
	case g.Wall != missing:
		return lab.No("missing", g.Wall+"-stands", looksLike(g.Box, g.Wall))
	}
	return lab.Verdict{Result: lab.Pass, Seen: looksLike(g.Box, g.Wall)}
}

// missingWall returns the one that the container lacks.
func missingWall(p lab.Process) (string, error) {
	missing := theSame(p.Namespaces, p.Ours)
	if n := len(missing); n > 0 && missing[n-1] == "user" {
		missing = missing[:n-1] // root's container has none
	}
	if strings.Trim(p.CapBnd, "0") != "" {
		missing = append(missing, "capabilities")
	}
	if p.NoNewPrivs != "1" {
		missing = append(missing, "no-new-privs")
	}
	if len(missing) != 1 {
		return "", fmt.Errorf("PID %d lacks %d: %s", p.PID, len(missing), strings.Join(missing, " "))
	}
	return missing[0], nil
}

// looksLike is what the kernel says of one wall.
func looksLike(p lab.Process, wall string) string {
	switch wall {
	case "capabilities":
		return "CapBnd: " + p.CapBnd
	case "no-new-privs":
		return "NoNewPrivs: " + p.NoNewPrivs
	}
	return fmt.Sprintf("PID %d: %s, here %s", p.PID, p.Namespaces[wall], p.Ours[wall])
}
