//go:build linux

package main

import (
	"embed"

	"mydocker.example/shared/host"
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
			{ID: "plan"}, // words only
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
			host.Writable("pids"),
		},
	}
}
