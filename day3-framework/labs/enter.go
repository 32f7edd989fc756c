package labs

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// An entered is what enter looks at.
type entered struct{ Box, Sleep lab.Process }

func enter() lab.Lab {
	l := lab.New("enter", "namespaces", func(ticket int) entered {
		return entered{lab.Find(boxNumber(ticket)), lab.Find(ticket)}
	}, judgeEntered, map[string]lab.Hint{
		"no-box": noBox("sleep 7%d"),
		"no-sleep": {
			What: lang.Text{EN: "The container runs, but nowhere a sleep with your number does.", ZH: "容器在运行，但哪里都没有带着你这个号码的 sleep。"},
			Look: "pgrep -afx 'sleep %d'",
			Ask:  lang.Text{EN: "Which command joins the namespaces of a process and starts another in them?", ZH: "哪个命令能进入一个进程的命名空间，再在里面启动另一个程序？"},
			Next: lang.Text{EN: "nsenter --help: one flag takes the PID of the process to follow, and there is one for each kind of namespace.", ZH: "看 nsenter --help：有一个选项接收目标进程的 PID，每种命名空间又各有一个选项。"},
			Step: "namespaces", Man: "1 nsenter",
		},
		"outside": {
			What: lang.Text{EN: "Your sleep is in the machine's namespaces, outside of the container.", ZH: "你的 sleep 在机器自己的命名空间里，在容器外面。"},
			Look: "ls -l /proc/$(pgrep -fx 'sleep %d')/ns /proc/$(pgrep -fx 'sleep 7%d')/ns",
			Ask:  lang.Text{EN: "nsenter enters the namespaces that its flags name, none without a flag, of the process whose PID it gets. Which flags were they, and whose PID?", ZH: "nsenter 只进选项点名的命名空间，不写选项就一个也不进；进的是给它的那个 PID 的。用的是哪些选项，谁的 PID？"},
			Next: lang.Text{EN: "Go through the kinds one by one: for each in which both links differ, nsenter --help has a flag.", ZH: "一种一种地看：两个链接不一样的每一种，nsenter --help 里都有对应的选项。"},
			Step: "namespaces", Man: "1 nsenter",
		},
		"another-box": {
			What: lang.Text{EN: "Your sleep is in namespaces that are not the machine's, but not the container's either.", ZH: "你的 sleep 不在机器的命名空间里，可也不在这个容器的命名空间里。"},
			Look: "ls -l /proc/$(pgrep -fx 'sleep %d')/ns /proc/$(pgrep -fx 'sleep 7%d')/ns",
			Ask:  lang.Text{EN: "unshare(2) makes new ones. What joins those that are there?", ZH: "unshare(2) 会新建命名空间。要进入已有的，用什么？"},
			Next: lang.Text{EN: "nsenter joins those of a process: --target takes its PID, and each namespace has an option of its own; --all is all of them.", ZH: "nsenter 进入某个进程的命名空间：--target 给出它的 PID，每种命名空间各有一个选项，--all 是全部。"},
			Step: "namespaces", Man: "2 setns",
		},
		"some-left": {
			What: lang.Text{EN: "Your sleep is in some of the container's namespaces, not in all.", ZH: "你的 sleep 进了容器的一部分命名空间，不是全部。"},
			Look: "ls -l /proc/$(pgrep -fx 'sleep %d')/ns /proc/$(pgrep -fx 'sleep 7%d')/ns",
			Ask:  lang.Text{EN: "In which of them is it still outside, and which flag of nsenter is that one's?", ZH: "哪几种它还在外面？对应 nsenter 的哪个选项？"},
			Next: lang.Text{EN: "Compare the two lists, line by line: where the numbers in brackets differ, an option of nsenter is missing.", ZH: "把两份列表逐行对照：方括号里的数字不一样，就是少了 nsenter 的那个选项。"},
			Step: "namespaces", Man: "1 nsenter",
		},
	})
	l.Beside = func(ticket int) *exec.Cmd { return startBox(boxName(ticket), boxNumber(ticket), "cgroup") }
	return l
}

func judgeEntered(e entered) lab.Verdict {
	if v, ok := running(e.Box); !ok {
		return v
	}
	if v, ok := e.Sleep.IsThere("started", "no-sleep"); !ok {
		return v
	}
	in, ours := theSame(e.Sleep.Namespaces, e.Box.Namespaces), theSame(e.Box.Namespaces, e.Box.Ours)
	isOurs := func(kind string) bool { return slices.Contains(ours, kind) }
	left := slices.DeleteFunc(slices.Clone(lab.Kinds), func(kind string) bool {
		return slices.Contains(in, kind) || e.Box.Namespaces[kind] == ""
	})
	entered := len(slices.DeleteFunc(in, isOurs))
	seen := fmt.Sprintf("PID %d, not in: %s", e.Sleep.PID, strings.Join(left, " "))
	switch {
	case len(left) == 0:
		return lab.Verdict{Result: lab.Pass, Seen: fmt.Sprintf("PID %d in %d", e.Sleep.PID, entered)}
	case entered > 0:
		return lab.No("all", "some-left", seen)
	case len(theSame(e.Sleep.Namespaces, e.Sleep.Ours)) == len(e.Sleep.Ours):
		return lab.No("inside", "outside", seen)
	}
	return lab.No("inside", "another-box", seen)
}
