//go:build !linux

// Day 2: control groups. They are Linux's; elsewhere this program says what
// to do.
package main

import (
	"embed"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lesson"
)

//go:embed README.md README.zh-CN.md
var text embed.FS

func main() {
	lesson.Chapter{Name: "day2-cgroups", Text: text, Checks: []func() host.Check{host.Linux}}.Main()
}
