//go:build linux

package inside

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
func (p initProcess) mountFilesystems() error {
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
			// With the host's files and its network, /sys has that sysfs
			// already, and mount(2) does not put it on itself. A bind mount
			// may, and what the host has mounted below stays out.
			if err := makeReadOnly(m.target); err != nil {
				return err
			}
			p.narrator.Say("mount --bind %s %[1]s; mount -o remount,ro %[1]s", m.target)
			continue
		}
		if err != nil {
			return fmt.Errorf("mount -t %s %[1]s %s: %w", m.kind, m.target, err)
		}
		p.narrator.Say("mount -t %s %[1]s %s", m.kind, m.target)
	}
	return nil
}
