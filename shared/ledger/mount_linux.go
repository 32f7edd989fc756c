package ledger

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// umount takes a mount away from this mount namespace. Another run's is gone
// with its namespace.
func umount(path string, report func(string)) error {
	if !mounted(path) {
		return nil
	}
	if err := unix.Unmount(path, 0); err != nil {
		return fmt.Errorf("umount %s: %w", path, err)
	}
	report("umount " + path)
	return nil
}

// onCgroup reports whether a directory is a cgroup: statfs(2).
func onCgroup(dir string) (bool, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return false, err
	}
	return stat.Type == unix.CGROUP_SUPER_MAGIC || stat.Type == unix.CGROUP2_SUPER_MAGIC, nil
}
