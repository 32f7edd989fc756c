package labs

import (
	"fmt"
	"os"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A named is what own-name looks at.
type named struct {
	Wanted string // box-TICKET
	Sleep  lab.Process
	Name   string // that the sleep sees
	Err    error  // of asking for it
	Here   string // the name outside
}

func ownName() lab.Lab {
	return lab.New("own-name", "uts", lookAtName, judgeName, map[string]lab.Hint{
		"no-sleep": noSleep("uts"),
		"host-renamed": {
			What: lang.Text{EN: "The machine itself has the new name now, and everybody on it sees that. Give it its old name back first.", ZH: "改名的是这台机器本身，所有人都看到了。请先把原来的名字改回去。"},
			Look: "hostname",
			Ask:  lang.Text{EN: "In which UTS namespace did hostname run?", ZH: "hostname 是在哪个 UTS 命名空间里运行的？"},
			Next: lang.Text{EN: "readlink /proc/$$/ns/uts, in the shell in which you typed hostname and in another terminal: where both show the same number, they share one name.", ZH: "分别在敲过 hostname 的 shell 和另一个终端里执行 readlink /proc/$$/ns/uts：号码一样，就共用一个名字。"},
			Step: "uts", Man: "7 uts_namespaces",
		},
		"same-uts": {
			What: lang.Text{EN: "The sleep is in the machine's own UTS namespace.", ZH: "这个 sleep 在机器自己的 UTS 命名空间里。"},
			Look: "readlink /proc/$(pgrep -fx 'sleep %d')/ns/uts /proc/self/ns/uts",
			Ask:  lang.Text{EN: "From which shell was it started, the outer or the inner one?", ZH: "它是从哪个 shell 启动的，外面的还是里面的？"},
			Next: lang.Text{EN: "readlink /proc/$$/ns/uts shows where a shell is, and what it starts is born there. Try it in each of your shells.", ZH: "readlink /proc/$$/ns/uts 能看出一个 shell 在哪里，它启动的程序就生在哪里。在每个 shell 里都试试。"},
			Step: "uts", Man: "1 unshare",
		},
		"old-name": {
			What: lang.Text{EN: "The sleep has a UTS namespace of its own, but the name in there is another.", ZH: "sleep 有了自己的 UTS 命名空间，但里面的名字不对。"},
			Look: "nsenter -t $(pgrep -fx 'sleep %d') -u uname -n",
			Ask:  lang.Text{EN: "A new namespace begins with a copy of the old name. Who changes it, and where?", ZH: "新的命名空间里，名字一开始是照抄的。谁来改它，在哪里改？"},
			Next: lang.Text{EN: "Look at uname -n in the shell from which you start the sleep, before you start it.", ZH: "启动 sleep 之前，先在要用来启动它的那个 shell 里看看 uname -n。"},
			Step: "uts", Man: "2 sethostname",
		},
	})
}

func lookAtName(ticket int) named {
	n := named{Wanted: fmt.Sprintf("box-%d", ticket), Sleep: lab.Find(ticket)}
	if n.Sleep.PID != 0 {
		n.Name, n.Err = lab.HostNameOf(n.Sleep.PID)
	}
	n.Here, _ = os.Hostname()
	return n
}

func judgeName(n named) lab.Verdict {
	if n.Here == n.Wanted {
		return lab.No("host-unchanged", "host-renamed", n.Here)
	}
	if v, ok := started(n.Sleep); !ok {
		return v
	}
	if n.Sleep.Namespaces["uts"] == n.Sleep.Ours["uts"] {
		return lab.No("own-uts", "same-uts", differs("uts", n.Sleep))
	}
	if n.Err != nil {
		return lab.Blind("name", n.Err)
	}
	if n.Name != n.Wanted {
		return lab.No("name", "old-name", n.Name)
	}
	return lab.Verdict{Result: lab.Pass, Seen: n.Name}
}
