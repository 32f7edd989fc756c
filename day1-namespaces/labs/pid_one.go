package labs

import (
	"fmt"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

func pidOne() lab.Lab {
	return lab.New("pid-one", "pid", lab.Find, judgePID, map[string]lab.Hint{
		"no-sleep": noSleep("pid"),
		"one-number": {
			What: lang.Text{EN: "The sleep has one PID only, the one that all see: it is in the machine's PID namespace.", ZH: "这个 sleep 只有一个 PID，就是大家看到的那个：它在机器的 PID 命名空间里。"},
			Look: "grep NSpid /proc/$(pgrep -fx 'sleep %d')/status",
			Ask:  lang.Text{EN: "unshare(2) moves only the children into a new PID namespace. Was the sleep started as a child?", ZH: "unshare(2) 只让之后的子进程进入新的 PID 命名空间。查一下 sleep 是不是作为子进程启动的。"},
			Next: lang.Text{EN: "unshare has a flag for this: look for the word child in unshare --help.", ZH: "unshare 有一个专管这件事的选项：在 unshare --help 里找 child 这个词。"},
			Step: "pid", Man: "1 unshare",
		},
		"not-one": {
			What: lang.Text{EN: "The sleep is in a PID namespace of its own, but somebody else is number 1 in there. (Is it dash that says it can't? Its exec fails at this prompt: take bash, or sh -c '…'.)", ZH: "sleep 在新的 PID 命名空间里，但里面的 1 号是别人。（dash 报错？它在这里的提示符下做不了 exec：换成 bash，或者用 sh -c '…'。）"},
			Look: "grep NSpid /proc/$(pgrep -fx 'sleep %d')/status",
			Ask:  lang.Text{EN: "What can a shell do so that the command takes its place and not a new number?", ZH: "怎样让命令接替 shell 的位置，而不是另得一个号？"},
			Next: lang.Text{EN: "Number 1 is the first program that unshare starts. Look which one that is: the sleep, or a shell that starts the sleep and waits.", ZH: "1 号就是 unshare 启动的第一个程序。看看那是谁：是 sleep，还是启动了 sleep、正等着它的 shell。"},
			Step: "pid", Man: "1 bash", // exec is there
		},
		"old-proc": {
			What: lang.Text{EN: "The sleep is number 1, but the /proc that it sees shows others too.", ZH: "sleep 是 1 号，但它看到的 /proc 里还有别的进程。"},
			Look: "ls /proc/$(pgrep -fx 'sleep %d')/root/proc",
			Ask:  lang.Text{EN: "proc shows the PID namespace of whoever mounted it. Who mounted this one?", ZH: "proc 显示的是挂载它的进程所在的 PID 命名空间。查查这一个是谁挂的。"},
			Next: lang.Text{EN: "Number 1 and its /proc are two things, one after the other, in the step too. grep proc /proc/self/mountinfo, typed in there, shows which proc is mounted.", ZH: "成为 1 号和换上自己的 /proc 是先后两件事，课里那一步也是这样。在里面执行 grep proc /proc/self/mountinfo，看看挂的是哪个 proc。"},
			Step: "pid", Man: "5 proc",
		},
	})
}

func judgePID(p lab.Process) lab.Verdict {
	if v, ok := started(p); !ok {
		return v
	}
	numbers := fmt.Sprintf("NSpid: %v", p.NSpid)
	switch {
	case len(p.NSpid) == 0:
		return lab.Blind("own-pid", fmt.Errorf("/proc/%d/status has no NSpid", p.PID))
	case len(p.NSpid) == 1:
		return lab.No("own-pid", "one-number", numbers)
	case p.NSpid[len(p.NSpid)-1] != 1:
		return lab.No("is-one", "not-one", numbers)
	case len(p.Siblings) == 0:
		return lab.Blind("own-proc", fmt.Errorf("/proc/%d/root/proc can't be read", p.PID))
	case len(p.Siblings) > 1:
		return lab.No("own-proc", "old-proc", fmt.Sprintf("/proc: %d", len(p.Siblings)))
	}
	return lab.Verdict{Result: lab.Pass, Seen: numbers}
}
