package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// removeTree removes a directory with what is in it, but refuses while a
// mount lies on or below it: what is mounted there is somebody's own.
func removeTree(path string) error {
	if !filepath.IsAbs(path) || filepath.Dir(path) == path {
		return lang.Errorf(lang.Text{EN: "rm -r %s: refused", ZH: "rm -r %s：不做"}, path)
	}
	points, err := mounts()
	if err != nil {
		return err
	}
	for _, dir := range points {
		if dir == path || strings.HasPrefix(dir, path+"/") {
			return lang.Errorf(lang.Text{EN: "rm -r %s: %s is a mount point: umount it first", ZH: "rm -r %s：%s 是挂载点，请先 umount"}, path, dir)
		}
	}
	return os.RemoveAll(path)
}

// mounted reports whether something is mounted on path in this namespace.
func mounted(path string) bool {
	points, err := mounts()
	return err == nil && slices.Contains(points, path)
}

// mounts lists the mount points of this namespace: proc_pid_mountinfo(5). A
// namespace is a thread's; /proc/self is the first thread's, which may be in one
// that inMountNamespace made.
func mounts() ([]string, error) {
	table, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("what is mounted: %w", err)
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 4 {
			points = append(points, cgroup.Unescape(fields[4]))
		}
	}
	return points, nil
}
