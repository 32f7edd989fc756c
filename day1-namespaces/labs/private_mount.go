package labs

import (
	"fmt"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A mounted is what private-mount looks at.
type mounted struct {
	Dir   string // /tmp/lab-TICKET
	Sleep lab.Process
}

func privateMount() lab.Lab {
	return lab.New("private-mount", "mount", func(ticket int) mounted {
		return mounted{fmt.Sprintf("/tmp/lab-%d", ticket), lab.Find(ticket)}
	}, judgeMount, map[string]lab.Hint{
		"no-sleep": noSleep("mount"),
		"same-mnt": {
			What: lang.Text{EN: "The sleep is in the machine's own mount namespace: what it mounts, all see.", ZH: "sleep 在机器自己的挂载命名空间里：它挂什么，大家都看得到。"},
			Look: "readlink /proc/$(pgrep -fx 'sleep %d')/ns/mnt /proc/self/ns/mnt",
			Ask:  lang.Text{EN: "From which shell was it started?", ZH: "它是从哪个 shell 启动的？"},
			Next: lang.Text{EN: "readlink /proc/$$/ns/mnt shows where a shell is, and what it starts is born there. Try it in each of your shells.", ZH: "readlink /proc/$$/ns/mnt 能看出一个 shell 在哪里，它启动的程序就生在哪里。在每个 shell 里都试试。"},
			Step: "mount", Man: "7 mount_namespaces",
		},
		"not-mounted": {
			What: lang.Text{EN: "The sleep has a mount namespace of its own, but no tmpfs is mounted there.", ZH: "sleep 有自己的挂载命名空间，但那里没有挂 tmpfs。"},
			Look: "grep lab-%d /proc/$(pgrep -fx 'sleep %d')/mountinfo",
			Ask:  lang.Text{EN: "Is it mounted on the directory that the task names, and of the type tmpfs?", ZH: "核对一下：挂的是不是任务说的那个目录，类型是不是 tmpfs。"},
			Next: lang.Text{EN: "findmnt /tmp/lab-%d, typed in the shell from which you start the sleep, says what is mounted there.", ZH: "在用来启动 sleep 的那个 shell 里执行 findmnt /tmp/lab-%d，看看那里挂着什么。"},
			Step: "mount", Man: "5 tmpfs",
		},
		"outside-too": {
			What: lang.Text{EN: "The tmpfs can be seen outside too: the mount has travelled, because both namespaces share it.", ZH: "外面也看得到这个 tmpfs：两个命名空间共享挂载，它传出来了。"},
			Look: "grep lab-%d /proc/self/mountinfo",
			Ask:  lang.Text{EN: "What does shared: in that line mean, and what would make the copy private?", ZH: "这一行里的 shared: 是什么意思？怎样让副本变成私有的？"},
			Next: lang.Text{EN: "A shared mount point passes what is mounted below it to its peers, in other namespaces too. unshare --mount makes the copy private unless --propagation says otherwise; by hand it is mount --make-rprivate /, before the tmpfs.", ZH: "共享的挂载点会把它下面新挂的东西传给同组的挂载点，别的命名空间里的也一样。unshare --mount 会把副本变成私有的，除非 --propagation 另有指定；手工做就是 mount --make-rprivate /，要在挂 tmpfs 之前。"},
			Step: "mount", Man: "7 mount_namespaces",
		},
		"mounted-before": {
			What: lang.Text{EN: "The tmpfs is outside, and the new namespace has a copy of it.", ZH: "tmpfs 挂在外面，新的命名空间里只是一份副本。"},
			Look: "grep lab-%d /proc/self/mountinfo",
			Ask:  lang.Text{EN: "A new mount namespace begins as a copy. Which came first, the mount or the namespace?", ZH: "新的挂载命名空间一开始是一份副本。先有挂载，还是先有命名空间？"},
			Next: lang.Text{EN: "Leave the shell, umount the tmpfs outside, begin a mount namespace, and mount it in there.", ZH: "先退出这个 shell，在外面 umount 掉 tmpfs，再新建挂载命名空间，到里面去挂。"},
			Step: "mount", Man: "7 mount_namespaces",
		},
	})
}

func judgeMount(m mounted) lab.Verdict {
	if v, ok := started(m.Sleep); !ok {
		return v
	}
	if m.Sleep.Namespaces["mnt"] == m.Sleep.Ours["mnt"] {
		return lab.No("own-mnt", "same-mnt", differs("mnt", m.Sleep))
	}
	inside, found := lab.At(m.Sleep.Mounts, m.Dir)
	if !found || inside.Type != "tmpfs" {
		return lab.No("mounted", "not-mounted", m.Dir+" "+inside.Type)
	}
	if _, outside := lab.At(m.Sleep.OurMounts, m.Dir); outside {
		if inside.Shared {
			return lab.No("not-outside", "outside-too", m.Dir+" shared")
		}
		return lab.No("not-outside", "mounted-before", m.Dir)
	}
	return lab.Verdict{Result: lab.Pass, Seen: m.Dir + " tmpfs"}
}
