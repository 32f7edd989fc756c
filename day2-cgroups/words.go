//go:build linux

package main

import "mydocker.example/shared/lang"

// What the steps say beside the chapter: where to look, and why one is left out.
var (
	noV1 = lang.Text{
		EN: "this kernel has no cgroup v1 file system (see /proc/filesystems); the steps from limit-by-hand on don't need it",
		ZH: "这个内核没有 cgroup v1 文件系统（见 /proc/filesystems）；limit-by-hand 起的步骤用不到它",
	}
	rootMounts = lang.Text{
		EN: "it takes root to mount a hierarchy; the steps from limit-by-hand on need none",
		ZH: "挂载层级需要 root；从 limit-by-hand 起的步骤不需要",
	}
	noDemo = lang.Text{
		EN: "there is no demo hierarchy, see the step mount-hierarchy",
		ZH: "没有演示用的层级，见步骤 mount-hierarchy",
	}
	secondTerminal = lang.Text{EN: "look from a second terminal, as root:", ZH: "在另一个终端里以 root 身份看看："}
)
