package host

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// tryNamespaces does what the lessons do: it starts a child in new namespaces,
// for an ordinary user in a user namespace as well, which mounts proc there.
func tryNamespaces() error {
	mount := exec.Command("mount", "-t", "proc", "proc", "/proc")
	mount.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWNET | syscall.CLONE_NEWCGROUP,
		Unshareflags: syscall.CLONE_NEWNS,
	}
	if os.Geteuid() != 0 {
		mount.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		mount.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		mount.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	said, err := mount.CombinedOutput()
	if words := strings.TrimSpace(string(said)); err != nil && words != "" {
		return fmt.Errorf("%s: %w", words, err)
	}
	return err
}

// lowestLimit returns the setting below /proc/sys/user that allows no more
// namespaces of a kind, or "": namespaces(7).
func lowestLimit() string {
	for _, kind := range []string{"user", "uts", "ipc", "pid", "mnt", "net", "cgroup"} {
		limit := fmt.Sprintf("max_%s_namespaces", kind)
		if value, err := os.ReadFile("/proc/sys/user/" + limit); err == nil && strings.TrimSpace(string(value)) == "0" {
			return limit
		}
	}
	return ""
}
