package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// removeTree removes a directory with what is in it, but refuses while a
// mount lies on or below it: what is mounted there is somebody's own.
func removeTree(path string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && (fields[4] == path || strings.HasPrefix(fields[4], path+"/")) {
			return fmt.Errorf("rm -r %s: %s is a mount point: umount it first", path, fields[4])
		}
	}
	if !filepath.IsAbs(path) || filepath.Dir(path) == path {
		return errors.New("rm -r " + path + ": refused")
	}
	return os.RemoveAll(path)
}
