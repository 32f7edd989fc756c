//go:build linux

package inside

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
)

// makeDevices fills /dev with what the OCI runtime spec asks for and no more.
//
// The six device nodes are mount points of their own, each bound on itself,
// and then /dev gets nodev: a node that somebody makes beside them, for the
// host's disk say, can't be opened.
func (p initProcess) makeDevices() error {
	old := unix.Umask(0)
	defer unix.Umask(old)
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		if err := makeDevice("/dev/"+name, unix.Mkdev(1, minor)); err != nil {
			return err
		}
	}
	if err := makeDevice("/dev/tty", unix.Mkdev(5, 0)); err != nil {
		return err
	}
	for link, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd",
		"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, "/dev/"+link); err != nil {
			return err
		}
	}
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NODEV
	if err := unix.Mount("", "/dev", "", flags, ""); err != nil {
		return fmt.Errorf("mount -o remount,nodev /dev: %w", err)
	}
	p.narrator.Say("mknod /dev/null and five more; mount -o remount,nodev /dev")
	return reopenNull()
}

// reopenNull opens the container's /dev/null where standard input, output or
// error is the host's: through those, root in here could chmod that one.
func reopenNull() error {
	for fd := range 3 {
		var status unix.Stat_t
		if err := unix.Fstat(fd, &status); err != nil {
			return fmt.Errorf("fstat %d: %w", fd, err)
		}
		if !between.IsNull(status) {
			continue
		}
		null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open /dev/null: %w", err)
		}
		if err := unix.Dup3(null, fd, 0); err != nil {
			return fmt.Errorf("dup3: %w", err)
		}
		unix.Close(null)
	}
	return nil
}

func makeDevice(path string, number uint64) error {
	if err := unix.Mknod(path, unix.S_IFCHR|0o666, int(number)); err != nil {
		return fmt.Errorf("mknod %s: %w", path, err)
	}
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount --bind %s %[1]s: %w", path, err)
	}
	return nil
}
