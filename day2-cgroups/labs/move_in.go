package labs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A moved is what move-in looks at.
type moved struct {
	Sleep     lab.Process
	Group     lab.Group // where the memory controller is
	Members   string    // of that group
	Elsewhere []string  // directories of the group's name in other hierarchies
	Plain     []string  // and on no cgroup file system
	In        string    // the directory of the group in which the sleep is
	Err       error     // of finding that out
}

func moveIn() lab.Lab {
	return lab.New("move-in", "limit-by-hand", lookAtMove, judgeMove, map[string]lab.Hint{
		"no-group": noGroup,
		"no-sleep": {
			What: lang.Text{EN: "The group is there, but nowhere a sleep with your number runs.", ZH: "组有了，但哪里都没有带着你这个号码的 sleep 在运行。"},
			Look: "pgrep -afx 'sleep %d'",
			Ask:  lang.Text{EN: "Is it the number that the task names, and does it still sleep?", ZH: "核对号码是不是任务里的那个，它是不是还在睡。"},
			Next: lang.Text{EN: "Start it in the background, with & at its end, and write the PID that the shell prints, or $!, into the group's cgroup.procs.", ZH: "在命令末尾加 &，让它在后台运行，再把 shell 打印的 PID（也就是 $!）写进组的 cgroup.procs。"},
			Step: "limit-by-hand", Man: "1 sleep",
		},
		"not-a-cgroup": {
			What: lang.Text{EN: "There is a directory of that name, but on an ordinary file system: the kernel takes no notice.", ZH: "有这个名字的目录，但它在普通的文件系统上：内核不会理它。"},
			Look: "df -T %s",
			Ask:  lang.Text{EN: "Which files appear by themselves in a directory that is a group?", ZH: "目录要是一个组，里面会自动出现哪些文件？"},
			Next: lang.Text{EN: "grep cgroup /proc/mounts lists the cgroup file systems. The group is a directory in one of those, and the kernel fills it with its files, cgroup.procs among them.", ZH: "grep cgroup /proc/mounts 会列出所有 cgroup 文件系统。组就是其中的一个目录，内核会往里面放好文件，cgroup.procs 就是其一。"},
			Step: "child-cgroup", Man: "7 cgroups",
		},
		"other-tree": {
			What: lang.Text{EN: "The group is in the tree of another controller, not of memory.", ZH: "组建在别的控制器的树里，不是 memory 的。"},
			Look: "find /sys/fs/cgroup -name lab-%d",
			Ask:  lang.Text{EN: "In v1 each controller has a tree of its own. Which one limits memory?", ZH: "v1 里每个控制器有自己的一棵树。限制内存的是哪一棵？"},
			Next: lang.Text{EN: "The directory below /sys/fs/cgroup says whose tree it is: make the group in memory's.", ZH: "/sys/fs/cgroup 下面那一层目录的名字，就是控制器的名字：把组建在 memory 那棵树里。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"not-moved": {
			What: lang.Text{EN: "The group is empty, and the sleep is where it was.", ZH: "组是空的，sleep 还在原来的组里。"},
			Look: "cat /proc/$(pgrep -fx 'sleep %d')/cgroup",
			Ask:  lang.Text{EN: "Which file of the group takes a PID, and whose PID is it?", ZH: "找出组里接受 PID 的文件，想清楚该写谁的 PID。"},
			Next: lang.Text{EN: "ls the group, and look which of its files lists PIDs: what is written there moves.", ZH: "用 ls 看看组里的文件，找出列着 PID 的那个：往里写谁，谁就搬进来。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
		"somebody-else": {
			What: lang.Text{EN: "Somebody is in the group, but not the sleep.", ZH: "组里有进程，但不是这个 sleep。"},
			Look: "cat $(find /sys/fs/cgroup -path '*lab-%d/cgroup.procs'); pgrep -afx 'sleep %d'",
			Ask:  lang.Text{EN: "Whose PID was written: the sleep's, its shell's, or that of a sudo before it?", ZH: "写进去的是谁的 PID：sleep 的、它的 shell 的，还是前面那个 sudo 的？"},
			Next: lang.Text{EN: "Compare the PID that pgrep -afx 'sleep %d' shows with the one that stands in cgroup.procs.", ZH: "把 pgrep -afx 'sleep %d' 显示的 PID 和 cgroup.procs 里的比一比。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
	})
}

func lookAtMove(ticket int) moved {
	m := moved{Sleep: lab.Find(ticket)}
	all, err := cgroup.Mounted()
	if err != nil {
		m.Err = err
		return m
	}
	m.Group, _ = group("memory", ticket, "cgroup.procs")
	m.Members = m.Group.Files["cgroup.procs"]
	for _, h := range all {
		if h.Has("memory") {
			if m.Sleep.PID != 0 {
				m.In, m.Err = h.GroupOf(m.Sleep.PID)
			}
		} else if g := lab.FindGroup(h.Top(), ticket); g.Dir != "" {
			m.Elsewhere = append(m.Elsewhere, g.Dir)
		}
	}
	home, _ := os.UserHomeDir()
	here, _ := os.Getwd()
	for _, dir := range []string{here, "/tmp", home, "/sys/fs/cgroup"} {
		name := filepath.Join(dir, "lab-"+strconv.Itoa(ticket))
		if _, err := os.Stat(filepath.Join(name, "cgroup.procs")); err == nil {
			continue
		}
		if _, err := os.Stat(name); err == nil {
			m.Plain = append(m.Plain, name)
		}
	}
	return m
}

func judgeMove(m moved) lab.Verdict {
	switch {
	case m.Group.Err != nil:
		return lab.Blind("group", m.Group.Err)
	case m.Group.Dir == "" && len(m.Elsewhere) > 0:
		return lab.No("group", "other-tree", m.Elsewhere[0])
	case m.Group.Dir == "" && len(m.Plain) > 0:
		return lab.No("group", "not-a-cgroup", m.Plain[0])
	case m.Group.Dir == "":
		return lab.No("group", "no-group", "/sys/fs/cgroup")
	case m.Sleep.PID == 0:
		return lab.No("started", "no-sleep", "/proc/*/cmdline")
	case m.Err != nil:
		return lab.Blind("inside", m.Err)
	case m.In == m.Group.Dir:
		return lab.Verdict{Result: lab.Pass, Seen: fmt.Sprintf("PID %d: %s", m.Sleep.PID, m.In)}
	case m.Members != "":
		return lab.No("inside", "somebody-else", "cgroup.procs: "+m.Members)
	}
	return lab.No("inside", "not-moved", m.In)
}
