// Package labs has day 2's labs: what is looked at, how it is judged, and what is
// said of each wrong way. Their texts are in the chapter's READMEs.
package labs

import (
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// ByHand are the labs by hand, in the order in which they are to be done.
func ByHand() []lab.Lab { return []lab.Lab{moveIn(), memoryLimit(), pidsCPU()} }

// group finds the group lab-TICKET where the controller is, and reads these files.
func group(controller string, ticket int, files ...string) (lab.Group, cgroup.Version) {
	h, err := cgroup.Find(controller)
	if err != nil {
		return lab.Group{Err: err}, cgroup.V2
	}
	return lab.FindGroup(h.Top(), ticket, files...), h.Version
}

var noGroup = lab.Hint{
	What: lang.Text{EN: "Where the kernel has this controller's groups, there is none of that name.", ZH: "这个控制器的目录下，还没有叫这个名字的组。"},
	Look: "find /sys/fs/cgroup -name lab-%d",
	Ask:  lang.Text{EN: "mkdir makes a group on a cgroup file system alone. Which directory is this controller's: /sys/fs/cgroup, or one below it?", ZH: "只有在 cgroup 文件系统上 mkdir，目录才会成为组。这个控制器的是哪个目录：/sys/fs/cgroup，还是它下面的某一个？"},
	Next: lang.Text{EN: "grep cgroup /proc/mounts lists the cgroup file systems: on v1 one for each controller, on v2 one for all. A group is a directory in one of those.", ZH: "grep cgroup /proc/mounts 会列出所有 cgroup 文件系统：v1 每个控制器一个，v2 共用一个。组就是其中的一个目录。"},
	Step: "limit-by-hand", Man: "7 cgroups",
}
