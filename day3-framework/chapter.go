//go:build linux

package main

import (
	"embed"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lesson"
)

//go:embed README.md README.zh-CN.md
var text embed.FS

func chapter() lesson.Chapter {
	return lesson.Chapter{
		Name:  "day3-framework",
		Text:  text,
		Steps: []lesson.Step{{ID: "plan"}},
		Checks: []func() host.Check{
			host.Linux, host.Proc, host.Kind, host.Root("day3-framework"), host.Cgroups,
			host.Controller("memory"), host.Controller("cpu"), host.Controller("cpuset"), host.Controller("pids"),
			host.Writable("pids"),
		},
	}
}
