//go:build linux

package main

import (
	"embed"

	"mydocker.example/day3-framework/outside"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
	"mydocker.example/shared/lesson"
)

//go:embed README.md README.zh-CN.md
var text embed.FS

// chapter is the lesson: what mydocker does, one wall at a time.
func chapter() lesson.Chapter {
	var d day3
	return lesson.Chapter{
		Name: "day3-framework",
		Text: text,
		Steps: []lesson.Step{
			{ID: "one-page"}, // words only
			{ID: "plan"},     // words only
			{ID: "reexec", Do: d.reexec},
			{ID: "namespaces", Do: d.namespaces},
			{ID: "mounts", Do: d.mounts},
			{ID: "pipe", Do: d.pipe},
			{ID: "limits", Do: d.limits},
			{ID: "rootfs", Do: d.rootfs},
			{ID: "walls", Do: d.walls, After: "rootfs"},
			{ID: "terminal", Do: d.terminal, After: "rootfs"},
			{ID: "undo", Do: d.undo},
			{ID: "next"},
		},
		Checks: []func() host.Check{
			host.Linux, host.Proc, host.Kind, host.Root("day3-framework"), host.Cgroups,
			host.Controller("memory"), host.Controller("cpu"), host.Controller("cpuset"), host.Controller("pids"),
			host.Writable("memory", "cpu", "cpuset", "pids"), host.TemporaryPrograms, host.Limits, outside.Check, ledger.Check, aContainer,
		},
		Commands: []string{"run", "rootfs", "lab", "judge"},
		Lab:      today().Next,
		Clean:    today().Clean,
		Usage: lang.Text{
			EN: "       %[1]s run ...          a command in a container; see run --help\n" +
				"       %[1]s rootfs DIR       a small root file system, made from this machine\n" +
				"       %[1]s lab ...          now you: tasks, judged by the kernel\n" +
				"       %[1]s judge -- ...     which walls another runtime stands\n",
			ZH: "      %[1]s run …            在容器里运行一条命令，见 run --help\n" +
				"      %[1]s rootfs 目录      用本机的文件做一个小的根文件系统\n" +
				"      %[1]s lab …            轮到你了：动手做任务，由内核来判断\n" +
				"      %[1]s judge -- …       看看别的运行时立起了哪些墙\n",
		},
	}
}
