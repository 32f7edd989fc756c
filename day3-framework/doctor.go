//go:build linux

package main

import (
	"cmp"
	"os"
	"os/exec"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/ledger"
)

// aContainer is the check that what every step needs can be had: files for a container,
// one that starts with limits, and a place to write down what is made.
func aContainer() host.Check {
	c := host.Check{
		What:  lang.Text{EN: "a container", ZH: "一个容器"},
		Found: lang.Text{EN: "started, with limits and files of its own, and ended", ZH: "能启动（有限制，有自己的文件），也能结束"},
	}
	if os.Geteuid() != 0 {
		return c.WithoutRoot(host.No)
	}
	made, err := ledger.Open()
	if err != nil {
		return c.Failed(err)
	}
	defer made.Undo(func(string) {})
	dir, err := made.TempDir("mydocker-doctor-")
	if err != nil {
		return c.Failed(err)
	}
	run := []string{"run", "--rootfs", dir}
	for _, limit := range []struct{ controller, flag, value string }{
		{"memory", "-m", "64m"}, {"cpu", "--cpus", "1"}, {"cpuset", "--cpuset-cpus", "0"}, {"pids", "--pids-limit", "20"},
	} {
		if _, err := cgroup.Find(limit.controller); err == nil { // what is missing has a check of its own
			run = append(run, limit.flag, limit.value)
		}
	}
	for _, args := range [][]string{{"rootfs", dir}, append(run, "true")} {
		if wrong := tryMydocker("C", args); wrong != "" {
			c.Status, c.Found = host.No, lang.Text{EN: wrong, ZH: tryMydocker("zh_CN.UTF-8", args)}
			return c
		}
	}
	return c
}

// tryMydocker runs this program and returns what it says went wrong, and what to do.
func tryMydocker(locale string, args []string) string {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "mydocker"
	cmd.Env = append(os.Environ(), "LC_ALL="+locale)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return cmp.Or(strings.TrimSpace(strings.TrimPrefix(string(out), "mydocker: ")), err.Error())
}
