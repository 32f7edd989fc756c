package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// removeHierarchy removes the groups of a named v1 hierarchy. Such a hierarchy
// goes with its last mount, but not while it has groups: after a SIGKILL it
// lives on, unseen, until someone mounts it again and removes them.
func removeHierarchy(name string, report func(string)) error {
	if !HierarchyExists(name) {
		return nil
	}
	done := make(chan error)
	go func() {
		// The thread gets a mount namespace of its own and, since it stays
		// locked, ends with this goroutine: the mount goes with it.
		runtime.LockOSThread()
		done <- emptyHierarchy(name, report)
	}()
	return <-done
}

func emptyHierarchy(name string, report func(string)) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare --mount: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount --make-rprivate /: %w", err)
	}
	dir, err := os.MkdirTemp("", "cgroup-")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	if err := unix.Mount(name, dir, "cgroup", 0, "none,name="+name); err != nil {
		return fmt.Errorf("mount -t cgroup -o none,name=%s: %w", name, err)
	}
	defer unix.Unmount(dir, 0)
	groups, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, group := range groups {
		if !group.IsDir() {
			continue
		}
		err := removeGroup(filepath.Join(dir, group.Name()), ours, func(command string) {
			report(strings.ReplaceAll(command, dir, name))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
