//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A mount is one file system of the container's own.
type mount struct {
	kind, target string
	flags        uintptr
	data         string
}

// mountFilesystems mounts what the OCI runtime spec says every Linux
// container has.
func (in inside) mountFilesystems() error {
	const safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	for _, m := range []mount{
		// Mounted in the new PID namespace, proc shows this one's processes.
		{"proc", "/proc", safe, ""},
		{"sysfs", "/sys", safe | unix.MS_RDONLY, ""},
		{"tmpfs", "/dev", unix.MS_NOSUID | unix.MS_NOEXEC, "mode=755,size=64m"},
		{"devpts", "/dev/pts", unix.MS_NOSUID | unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{"tmpfs", "/dev/shm", safe, "mode=1777,size=64m"},
		{"mqueue", "/dev/mqueue", safe, ""},
	} {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		err := unix.Mount(m.kind, m.target, m.kind, m.flags, m.data)
		if errors.Is(err, unix.EBUSY) {
			if err := m.again(); err != nil {
				return err
			}
			in.narrator.say("mount --bind %s %[1]s", m.target)
			continue
		}
		if err != nil {
			return fmt.Errorf("mount -t %s %[1]s %s: %w", m.kind, m.target, err)
		}
		in.narrator.say("mount -t %s %[1]s %s", m.kind, m.target)
	}
	return nil
}

// again covers a mount of the host's with the same file system: with the host's
// files and its network, /sys has the sysfs already that the container is to
// have there, and mount(2) refuses to put it on itself. A bind mount may, and
// what is mounted below stays out.
func (m mount) again() error {
	if err := unix.Mount(m.target, m.target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount --bind %s %[1]s: %w", m.target, err)
	}
	if err := unix.Mount("", m.target, "", unix.MS_REMOUNT|unix.MS_BIND|m.flags, ""); err != nil {
		return fmt.Errorf("mount -o remount,ro %s: %w", m.target, err)
	}
	return nil
}
