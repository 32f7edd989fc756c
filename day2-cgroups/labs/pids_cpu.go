package labs

import (
	"errors"
	"fmt"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A bounded is what pids-cpu looks at. On v2 the two groups are one.
type bounded struct {
	Pids, CPU lab.Group
	Version   cgroup.Version // of the cpu controller
}

func pidsCPU() lab.Lab {
	return lab.New("pids-cpu", "controllers", lookAtBounds, judgeBounds, map[string]lab.Hint{
		"no-group": noGroup,
		"no-controller": {
			What: lang.Text{EN: "A group is there, but without the files of one of the two controllers.", ZH: "组有了，但少了两个控制器之一的文件。"},
			Look: "ls -d $(find /sys/fs/cgroup -name lab-%d)/*max*",
			Ask:  lang.Text{EN: "In v1 each controller has a tree of its own; in v2 the group above enables it. Which is it here?", ZH: "v1 里每个控制器有自己的树；v2 要由上一级启用。这里是哪一种？"},
			Next: lang.Text{EN: "grep cgroup /proc/mounts tells which. On v1 make a directory of the same name below pids and below cpu; on v2 the group above has to say +pids +cpu in its cgroup.subtree_control.", ZH: "grep cgroup /proc/mounts 看得出是哪一种。v1 要在 pids 和 cpu 下面各建一个同名目录；v2 要由上一级组在 cgroup.subtree_control 里写 +pids +cpu。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"no-pids-limit": {
			What: lang.Text{EN: "The number of processes is not limited to 20.", ZH: "进程数没有限制在 20。"},
			Look: "cat $(find /sys/fs/cgroup -path '*lab-%d/pids.max')",
			Ask:  lang.Text{EN: "Which file of the pids controller takes the number?", ZH: "pids 控制器的哪个文件接受这个数字？"},
			Next: lang.Text{EN: "pids.max takes a number, or the word max, which is no limit. In the group, not in the one above.", ZH: "pids.max 接受一个数字，或者 max 这个词，意思是不限。要写在这个组里，不是上一级。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"no-fork-refused": {
			What: lang.Text{EN: "The limit is set, but the kernel has refused nobody in the group.", ZH: "上限设好了，但内核还没有在组里拒绝过谁。"},
			Look: "cat $(find /sys/fs/cgroup -path '*lab-%d/pids.events')",
			Ask:  lang.Text{EN: "Were the shell and its loop in the group before it began to fork?", ZH: "确认循环开始 fork 之前，shell 已经在组里。"},
			Next: lang.Text{EN: "Look at pids.current and at cgroup.procs while your loop runs: how near to the limit does it come, and who is in there?", ZH: "循环运行时看看 pids.current 和 cgroup.procs：离上限还差多少，里面都有谁。"},
			Step: "controllers", Man: "2 fork",
		},
		"no-quota": {
			What: lang.Text{EN: "The group has no limit of CPU time yet.", ZH: "这个组还没有 CPU 上限，全部 CPU 时间都可以用。"},
			Look: "grep -H . $(find /sys/fs/cgroup -path '*lab-%d/cpu.max' -o -path '*lab-%d/cpu.cfs_*')",
			Ask:  lang.Text{EN: "A quota is microseconds in each period, a thousand at least, no percentage. What is a tenth?", ZH: "配额是每个周期里的微秒数，至少一千，不是百分比。十分之一是多少？"},
			Next: lang.Text{EN: "cat the files first: they show how long the period is, and -1 or max where there is no quota.", ZH: "先 cat 一下这些文件：能看出周期有多长；没有配额时，显示的是 -1 或 max。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"swapped": {
			What: lang.Text{EN: "Quota and period have changed places: that is ten CPUs, not a tenth of one.", ZH: "配额和周期写反了：这是十个 CPU，不是十分之一个。"},
			Look: "grep -H . $(find /sys/fs/cgroup -path '*lab-%d/cpu.max' -o -path '*lab-%d/cpu.cfs_*')",
			Ask:  lang.Text{EN: "Which of the two numbers is the time that may be used?", ZH: "两个数字里，哪个是可以用的时间？"},
			Next: lang.Text{EN: "On v2 cpu.max is QUOTA PERIOD; on v1 each has a file, cpu.cfs_quota_us and cpu.cfs_period_us. The quota is what may be used in each period.", ZH: "v2 的 cpu.max 是“配额 周期”；v1 各有一个文件，cpu.cfs_quota_us 和 cpu.cfs_period_us。配额就是每个周期里可以用掉的时间。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"other-share": {
			What: lang.Text{EN: "There is a quota, but it is not a tenth of a CPU.", ZH: "设了配额，但不是十分之一个 CPU。"},
			Look: "grep -H . $(find /sys/fs/cgroup -path '*lab-%d/cpu.max' -o -path '*lab-%d/cpu.cfs_*')",
			Ask:  lang.Text{EN: "How long is the period, and what is a tenth of it?", ZH: "周期有多长，它的十分之一是多少？"},
			Next: lang.Text{EN: "Both are in microseconds, and the period is 100000 unless somebody has changed it: a tenth of that is the quota.", ZH: "两个数都以微秒为单位，没人改过的话周期是 100000：配额就是它的十分之一。"},
			Step: "controllers", Man: "7 cgroups",
		},
		"not-throttled": {
			What: lang.Text{EN: "The quota is set, but nobody in the group has wanted more than it.", ZH: "配额设好了，但组里还没有谁想用得更多。"},
			Look: "cat $(find /sys/fs/cgroup -path '*lab-%d/cpu.stat')",
			Ask:  lang.Text{EN: "Is the busy loop in the group, or only the shell from which you look?", ZH: "看看忙循环在不在组里，也许在里面的只是你用来看的那个 shell。"},
			Next: lang.Text{EN: "Look at cgroup.procs while the loop runs: on v1 the group below cpu is another one than that below pids.", ZH: "循环运行时看看 cgroup.procs：v1 上，cpu 下面的组和 pids 下面的组不是同一个。"},
			Step: "controllers", Man: "7 cgroups",
		},
	})
}

func lookAtBounds(ticket int) bounded {
	var b bounded
	b.Pids, _ = group("pids", ticket, "pids.max", "pids.events")
	b.CPU, b.Version = group("cpu", ticket, "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.stat")
	return b
}

func judgeBounds(b bounded) lab.Verdict {
	if err := errors.Join(b.Pids.Err, b.CPU.Err); err != nil {
		return lab.Blind("pids-limit", err)
	}
	if b.Pids.Dir == "" {
		return lab.No("pids-limit", "no-group", "pids")
	}
	most, has := b.Pids.Files["pids.max"]
	switch {
	case !has:
		return lab.No("pids-limit", "no-controller", "pids.max")
	case most != "20":
		return lab.No("pids-limit", "no-pids-limit", "pids.max: "+most)
	case b.Pids.Count("pids.events", "max") == 0:
		return lab.No("fork-refused", "no-fork-refused", b.Pids.Files["pids.events"])
	case b.CPU.Dir == "":
		return lab.No("cpu-limit", "no-group", "cpu")
	}
	quota, period, err := b.quota()
	seen := fmt.Sprintf("%d / %d µs", quota, period)
	switch {
	case err != nil:
		return lab.No("cpu-limit", "no-controller", "cpu.max")
	case quota < 0:
		return lab.No("cpu-limit", "no-quota", seen)
	case quota == 10*period:
		return lab.No("cpu-limit", "swapped", seen)
	case quota*10 != period:
		return lab.No("cpu-limit", "other-share", seen)
	case b.CPU.Count("cpu.stat", "nr_throttled") == 0:
		return lab.No("throttled", "not-throttled", "nr_throttled 0")
	}
	return lab.Verdict{Result: lab.Pass, Seen: fmt.Sprintf("nr_throttled %d", b.CPU.Count("cpu.stat", "nr_throttled"))}
}

// quota returns the time in each period, in microseconds; -1 is all of it.
func (b bounded) quota() (quota, period int, err error) {
	text := b.CPU.Files["cpu.max"]
	if b.Version == cgroup.V1 {
		text = b.CPU.Files["cpu.cfs_quota_us"] + " " + b.CPU.Files["cpu.cfs_period_us"]
	}
	_, err = fmt.Sscan(strings.Replace(text, "max", "-1", 1), &quota, &period)
	return quota, period, err
}
