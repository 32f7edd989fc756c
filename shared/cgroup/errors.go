package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mydocker.example/shared/lang"
)

// Explain wraps what the kernel said with what was being done and, where the
// kernel's word is known to mislead, with the cure. The same word has other
// causes elsewhere: a cure hangs on what was being done and to which file.
func Explain(doing, path string, err error) error {
	if err == nil {
		return nil
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	wrapped := fmt.Errorf("%s %s: %w", doing, path, err)
	if cure, known := cures(doing, path, err); known {
		return lang.WithCure(wrapped, cure)
	}
	return wrapped
}

// missing says why a group may lack a control file.
func missing(dir string) lang.Text {
	switch {
	case !exists(dir):
		return lang.Text{EN: "there is no such group (any more); see ls " + filepath.Dir(dir), ZH: "没有这个组（或已经没有了）；请看 ls " + filepath.Dir(dir)}
	case isV2(dir):
		return lang.Text{
			EN: "the file is not there: a v2 group has a controller's files only if its parent's cgroup.subtree_control lists the controller",
			ZH: "没有这个文件：v2 里，父组的 cgroup.subtree_control 列出了某个控制器，子组才有它的文件",
		}
	}
	return lang.Text{
		EN: "the file is not there: a v1 group has the files of its own hierarchy's controllers alone; see ls " + dir,
		ZH: "没有这个文件：v1 的组只有自己那个层级的控制器的文件；请看 ls " + dir,
	}
}

// isV2 reports whether dir is a group of v2, whose every group has this file.
func isV2(dir string) bool { return exists(filepath.Join(dir, names[V2].Controllers)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func cures(doing, path string, err error) (lang.Text, bool) {
	file, dir := filepath.Base(path), filepath.Dir(path)
	joins := file == "cgroup.procs" || file == "tasks"
	switch {
	case errors.Is(err, syscall.EROFS):
		return lang.Text{
			EN: "cgroups are read-only here, as in an unprivileged container; use a virtual machine (scripts/setup-vm.sh up) or start the container with --privileged",
			ZH: "这里的 cgroup 是只读的（非特权容器里就是这样）；请用虚拟机（scripts/setup-vm.sh up）或以 --privileged 启动容器",
		}, true
	case errors.Is(err, syscall.ENOSPC) && joins:
		return lang.Text{
			EN: "this group has the cpuset controller, set cpuset.cpus and cpuset.mems first",
			ZH: "该组带 cpuset 控制器，请先写好 cpuset.cpus 和 cpuset.mems",
		}, true
	case errors.Is(err, syscall.EBUSY) && doing == "rmdir":
		return lang.Text{
			EN: "a process, a zombie or a child group is still in it; see cat " + path + "/cgroup.procs",
			ZH: "组里还有进程、僵尸进程或子组；请看 cat " + path + "/cgroup.procs",
		}, true
	case errors.Is(err, syscall.EBUSY) && file == "cgroup.subtree_control":
		return lang.Text{
			EN: "this group has processes of its own, and v2 wants them in a leaf first: mkdir " + dir + "/leaf, write each PID of cgroup.procs to leaf/cgroup.procs",
			ZH: "这个组自己还有进程，v2 要求先把它们移到叶子组：mkdir " + dir + "/leaf，再把 cgroup.procs 里的 PID 逐个写进 leaf/cgroup.procs",
		}, true
	case errors.Is(err, syscall.EBUSY) && joins:
		return lang.Text{
			EN: "this group has controllers enabled for its children (cgroup.subtree_control), and v2 then keeps processes out of it: use a child group",
			ZH: "这个组已经为子组启用了控制器（cgroup.subtree_control），v2 不再让它自己容纳进程：请放进它的子组",
		}, true
	case errors.Is(err, syscall.EBUSY) && strings.HasPrefix(file, "memory."):
		return lang.Text{
			EN: "more than this is in use already; choose a larger limit or free memory first",
			ZH: "已用量超过了这个值；请把上限设大一些，或先释放内存",
		}, true
	case errors.Is(err, fs.ErrExist) && doing == "mkdir":
		return lang.Text{
			EN: "the name is taken; choose another with --name, or remove what an interrupted run left with the sub-command clean",
			ZH: "名字已被占用；用 --name 换一个，或用子命令 clean 清掉上次中断留下的东西",
		}, true
	case errors.Is(err, fs.ErrNotExist) && doing == "write":
		return missing(dir), true
	case errors.Is(err, syscall.ESRCH) && joins:
		return lang.Text{
			EN: "that process has ended; look with ps",
			ZH: "那个进程已经结束了；用 ps 看看",
		}, true
	case errors.Is(err, fs.ErrPermission) && doing == "write" && !exists(path):
		return missing(dir), true // a shell's > and os.WriteFile try to create it
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return lang.Text{EN: "only root may do this", ZH: "只有 root 能这样做"}, true
	}
	return lang.Text{}, false
}
