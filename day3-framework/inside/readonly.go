//go:build linux

package inside

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// makeReadOnly binds a path on itself, so that it is a mount, and makes that
// read-only.
func makeReadOnly(path string) error {
	err := unix.Mount(path, path, "", unix.MS_BIND, "")
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make %s a mount: %w", path, err)
	}
	return makeReadOnlyMount(path)
}

// makeReadOnlyMount makes a mount read-only. Its other flags must be named again, or
// they are gone.
func makeReadOnlyMount(path string) error {
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", path, "", flags, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", path, err)
	}
	return nil
}
