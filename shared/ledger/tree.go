package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// removeTree removes a directory with what is in it, but refuses while a
// mount lies on or below it: what is mounted there is somebody's own.
func removeTree(path string) error {
	if !filepath.IsAbs(path) || filepath.Dir(path) == path {
		return errors.New("rm -r " + path + ": refused")
	}
	for _, dir := range mounts() {
		if dir == path || strings.HasPrefix(dir, path+"/") {
			return fmt.Errorf("rm -r %s: %s is a mount point: umount it first", path, dir)
		}
	}
	return os.RemoveAll(path)
}

// mounted reports whether something is mounted on path in this namespace.
func mounted(path string) bool { return slices.Contains(mounts(), path) }

// mounts lists the mount points of this namespace: proc_pid_mountinfo(5).
func mounts() []string {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 4 {
			points = append(points, fields[4])
		}
	}
	return points
}
