package labs

import (
	"strconv"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A limited is what memory-limit looks at.
type limited struct {
	Group   lab.Group
	Version cgroup.Version
	AtWork  bool // somebody in the group
}

// wanted is the limit that the task asks for, in bytes.
const wanted = 32 << 20

func memoryLimit() lab.Lab {
	return lab.New("memory-limit", "limit-by-hand", lookAtMemory, judgeMemory, map[string]lab.Hint{
		"no-group": noGroup,
		"no-controller": {
			What: lang.Text{EN: "The group is there, but without the files of the memory controller.", ZH: "组有了，但里面没有内存控制器的文件。"},
			Look: "cat /sys/fs/cgroup/cgroup.subtree_control",
			Ask:  lang.Text{EN: "On v2 a group has a controller's files only if the group above enables it. Where is that written?", ZH: "在 v2 里，上一级启用了某个控制器，组里才有它的文件。这要写在哪里？"},
			Next: lang.Text{EN: "What the group above yours has in its cgroup.subtree_control, its children get; cgroup.controllers beside it lists what it can give. A + before a name adds it.", ZH: "上一级组的 cgroup.subtree_control 里有什么，下面的组就得到什么；旁边的 cgroup.controllers 列着它能给的。名字前写 + 就是加上。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
		"no-limit": {
			What: lang.Text{EN: "The group has no limit yet.", ZH: "组里还没有设上限。"},
			Look: "grep -H . $(find /sys/fs/cgroup -path '*lab-%d/memory.*max' -o -path '*lab-%d/memory.limit_in_bytes')",
			Ask:  lang.Text{EN: "Which file holds the most that the group may use?", ZH: "哪个文件里写着这个组最多能用多少？"},
			Next: lang.Text{EN: "ls the group: the name of the file has limit_in_bytes in it on v1, and ends in max on v2. cat shows what it allows now.", ZH: "用 ls 看看组里的文件：v1 的文件名里有 limit_in_bytes，v2 的以 max 结尾。cat 一下，就知道现在允许多少。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
		"unit": {
			What: lang.Text{EN: "There is a limit, but it is not 32 MiB.", ZH: "设了上限，但不是 32 MiB。"},
			Look: "grep -H . $(find /sys/fs/cgroup -path '*lab-%d/memory.*max' -o -path '*lab-%d/memory.limit_in_bytes')",
			Ask:  lang.Text{EN: "Without a letter the number is bytes. How many are 32 MiB?", ZH: "不带字母的数字以字节计。32 MiB 是多少字节？"},
			Next: lang.Text{EN: "cat the file after you have written to it: it shows the bytes that the kernel has understood. A MiB is 1024 times 1024 of them.", ZH: "写完之后再 cat 一下那个文件：显示的就是内核理解的字节数。1 MiB 是 1024 乘 1024 字节。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
		"nobody-in": {
			What: lang.Text{EN: "The limit is set, but nobody has used memory in the group.", ZH: "上限设好了，但组里还没有谁用过内存。"},
			Look: "cat $(find /sys/fs/cgroup -path '*lab-%d/cgroup.procs')",
			Ask:  lang.Text{EN: "Memory is charged to the group in which a process is when it asks. Where was the load then?", ZH: "内存记在进程申请时所在的组的账上。负载申请的时候，在哪个组？"},
			Next: lang.Text{EN: "cat /proc/$$/cgroup, in the shell from which you start the load, shows whether that shell is in the group: what it starts is born where it is.", ZH: "在启动负载的那个 shell 里执行 cat /proc/$$/cgroup，看它自己在不在组里：它在哪里，它启动的程序就生在哪里。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
		"not-killed": {
			What: lang.Text{EN: "The group has used memory, but the kernel has killed nobody in it.", ZH: "组里用过内存，但内核没有杀掉谁。"},
			Look: "grep -H oom_kill $(find /sys/fs/cgroup -path '*lab-%d/memory.events' -o -path '*lab-%d/memory.oom_control')",
			Ask:  lang.Text{EN: "Was the load larger than the limit, and could it have gone into swap?", ZH: "核对负载是不是比上限大，有没有躲进交换区。"},
			Next: lang.Text{EN: "swapon --show says whether there is swap. The group has a file for that, too: memory.swap.max on v2, memory.memsw.limit_in_bytes on v1.", ZH: "swapon --show 能看出有没有交换区。组里也有限制它的文件：v2 是 memory.swap.max，v1 是 memory.memsw.limit_in_bytes。"},
			Step: "limit-by-hand", Man: "7 cgroups",
		},
	})
}

func lookAtMemory(ticket int) limited {
	h, err := cgroup.Find("memory")
	if err != nil {
		return limited{Group: lab.Group{Err: err}, Version: cgroup.V2}
	}
	n := h.Version.Names()
	g, _ := group("memory", ticket, n.MemoryLimit, n.MemoryPeak, n.MemoryUsage, n.OOM, n.Procs)
	return limited{g, h.Version, g.AtWork()}
}

func judgeMemory(l limited) lab.Verdict {
	g, n := l.Group, l.Version.Names()
	limit, has := g.Files[n.MemoryLimit]
	bytes, _ := strconv.ParseInt(limit, 10, 64)
	seen := n.MemoryLimit + ": " + limit
	switch {
	case g.Err != nil:
		return lab.Blind("group", g.Err)
	case g.Dir == "":
		return lab.No("group", "no-group", "/sys/fs/cgroup")
	case !has:
		return lab.No("limit", "no-controller", n.MemoryLimit)
	case limit == "max" || bytes > 1<<60: // v1's "no limit" is the largest number of pages
		return lab.No("limit", "no-limit", seen)
	case bytes != wanted:
		return lab.No("limit", "unit", seen)
	}
	kills := g.Count(n.OOM, "oom_kill")
	if kills > 0 {
		return lab.Verdict{Result: lab.Pass, Seen: "oom_kill " + strconv.Itoa(kills)}
	}
	peak, has := g.Files[n.MemoryPeak]
	if !has { // v2 before Linux 5.19
		peak = g.Files[n.MemoryUsage]
	}
	v := lab.No("killed", "nobody-in", "oom_kill 0; "+n.MemoryPeak+": "+peak)
	if most, err := strconv.ParseInt(peak, 10, 64); err == nil && most > 1<<20 {
		v.Hint = "not-killed"
	}
	v.Early = l.AtWork // the load may still be growing
	return v
}
