package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// removeHierarchy removes a named v1 hierarchy with its groups. It goes with
// its last mount, but not while it has groups: after a SIGKILL it lives on,
// unseen, until someone mounts it again and removes them.
func removeHierarchy(name string, report func(string)) error {
	if !HierarchyExists(name) {
		return nil
	}
	return inMountNamespace(func() error {
		dir, err := os.MkdirTemp(host.TempDir(), "cgroup-")
		if err != nil {
			return err
		}
		defer os.Remove(dir)
		if err := mountHierarchy(name, dir); err != nil {
			return err
		}
		if err := removeGroups(name, dir, report); err != nil {
			return errors.Join(err, unix.Unmount(dir, unix.MNT_DETACH))
		}
		return UmountHierarchy(name, dir)
	})
}

// inMountNamespace runs do on a thread with a mount namespace of its own. The
// thread stays locked and so ends with the goroutine: the mounts go with it. (Go
// keeps a program's first thread, asleep.)
func inMountNamespace(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			done <- fmt.Errorf("unshare --mount: %w", err)
			return
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			done <- fmt.Errorf("mount --make-rprivate /: %w", err)
			return
		}
		done <- do()
	}()
	return <-done
}

func mountHierarchy(name, dir string) error {
	if err := unix.Mount(name, dir, "cgroup", 0, "none,name="+name); err != nil {
		return fmt.Errorf("mount -t cgroup -o none,name=%s: %w", name, err)
	}
	return nil
}

// UmountHierarchy unmounts a named v1 hierarchy and waits until it is gone, two
// seconds at most. The kernel takes a hierarchy down at its last umount only if
// the root has no child, and a group that was removed a moment ago still is
// one, for a few milliseconds: then it has to be mounted and unmounted again.
func UmountHierarchy(name, dir string) error {
	for wait := time.Millisecond; ; wait *= 2 {
		if err := unix.Unmount(dir, 0); err != nil {
			return err
		}
		time.Sleep(wait)
		if !HierarchyExists(name) {
			return nil
		}
		if wait > time.Second {
			return lang.Errorf(lang.Text{EN: "the hierarchy %s is still there after its last umount", ZH: "层级 %s 最后一次 umount 之后还在"}, name)
		}
		if err := mountHierarchy(name, dir); err != nil {
			return err
		}
	}
}

// removeGroups removes the groups of the hierarchy that is mounted on dir.
func removeGroups(name, dir string, report func(string)) error {
	groups, err := os.ReadDir(dir)
	if err != nil {
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
