//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"mydocker.example/shared/host"
	"mydocker.example/shared/shell"
)

// user makes us root inside, and shows how far that goes.
func (d *day1) user(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/user")
	guess := sh.Ask("who-outside")
	answer := inside(sh, syscall.CLONE_NEWUSER|syscall.CLONE_NEWUTS,
		"readlink /proc/self/ns/user; id -u; cat /proc/self/uid_map; "+
			"hostname container && hostname")
	lines := strings.Split(answer, "\n")
	if len(lines) != 4 {
		sh.Must(fmt.Errorf("the inside answered %q", answer))
	}
	proveAnother(sh, "own-user", lines[0], outside)
	sh.Prove("root-inside", lines[1] == "0", "id -u: %s", lines[1])
	if os.Geteuid() == 0 {
		how := withoutSudo
		if os.Getenv("SUDO_UID") == "" {
			how = asSomebodyElse
		}
		sh.Hint(how, host.Start("day1-namespaces", false, "--only", "user"))
	}
	uidMap := strings.Join(strings.Fields(lines[2]), " ")
	guess.Is(strings.Fields(lines[2] + " - -")[1])
	sh.Prove("mapped", uidMap == fmt.Sprintf("0 %d 1", os.Geteuid()), "uid_map: %s", uidMap)
	sh.Prove("may", lines[3] == "container", "hostname: %s", lines[3])

	dir := sh.CdTemp()
	answer = inside(sh, syscall.CLONE_NEWUSER,
		"mknod "+shell.Quote(dir+"/disk")+" b 8 0 2>&1 || true")
	_, err := os.Stat(dir + "/disk")
	sh.Prove("may-not", os.IsNotExist(err), "%s", answer)
	sh.Cd("/")
	sh.Rmdir(dir)
}
