// It deletes, mounts, renames and limits what it can, and says what it could. Only a
// canary is deleted outright: of the rest, it tries to write.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	canary := os.Getenv("LAB_CANARY")
	syscall.Sethostname([]byte("broken"))
	for _, dir := range []string{"/", canary, "/sys/fs/cgroup", "/sys", "/proc", "/dev"} {
		for _, flags := range []uintptr{syscall.MS_REMOUNT, syscall.MS_REMOUNT | syscall.MS_BIND} {
			if syscall.Mount("", dir, "", flags, "") == nil && dir != "/proc" {
				fmt.Println("BROKEN: remounted", dir)
			}
		}
		syscall.Unmount(dir, syscall.MNT_DETACH)
	}
	for _, dir := range []string{"/tmp", "/run", "/var/tmp", "/dev/shm"} {
		syscall.Unmount(dir, syscall.MNT_DETACH)
	}
	os.RemoveAll(canary)
	os.WriteFile(filepath.Join(canary, "new"), nil, 0o666)
	os.Chmod(canary, 0)
	for _, file := range []string{"/proc/sysrq-trigger", "/proc/sys/kernel/panic", "/proc/sys/kernel/core_pattern", "/sys/kernel/uevent_helper", "/sys/power/state", "/dev/vda", "/dev/sda", "/dev/mem", "/etc/passwd", "/etc/hostname", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if f, err := os.OpenFile(file, os.O_WRONLY, 0); err == nil {
			fmt.Println("BROKEN: could write", file)
			f.Close()
		}
	}
	// A hierarchy of its own shows the same groups, and no more.
	for kind, options := range map[string]string{"cgroup": "memory", "cgroup2": ""} {
		dir, err := os.MkdirTemp("", "groups")
		if err != nil || syscall.Mount("groups", dir, kind, 0, options) != nil {
			continue
		}
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if e.IsDir() && e.Name() != "self" {
				fmt.Println("BROKEN: could see the group", e.Name())
			}
		}
	}
	if syscall.Mknod("/tmp/disk", syscall.S_IFBLK|0o666, 254<<8) == nil {
		fmt.Println("BROKEN: made a device")
	}
	if syscall.Settimeofday(&syscall.Timeval{Sec: 1}) == nil {
		fmt.Println("BROKEN: set the clock")
	}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*")
	more, _ := filepath.Glob("/sys/fs/cgroup/*/*")
	for _, dir := range append(groups, more...) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && filepath.Base(dir) != "self" && syscall.Rmdir(dir) == nil {
			fmt.Println("BROKEN: removed the group", dir)
		}
	}
}
