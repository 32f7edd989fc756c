//go:build !linux

// Day 3: the framework. Containers are Linux's; elsewhere this program says
// what to do.
package main

import (
	"embed"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lesson"
)

//go:embed README.md README.zh-CN.md
var text embed.FS

func main() {
	lesson.Chapter{Name: "day3-framework", Text: text, Checks: []func() host.Check{host.Linux}}.Main()
}
