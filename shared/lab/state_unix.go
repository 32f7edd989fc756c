//go:build unix

package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func openNoFollow(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// isOurs reports whether a file belongs to this user, or to who has called sudo.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	uid := int(stat.Uid)
	return uid == os.Geteuid() || os.Geteuid() == 0 && strconv.Itoa(uid) == os.Getenv("SUDO_UID")
}

// likeParent gives what root has made to the owner of the directory in which it is.
func likeParent(name string) error {
	info, err := os.Lstat(filepath.Dir(name))
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && strconv.Itoa(int(stat.Uid)) == os.Getenv("SUDO_UID") {
		return os.Lchown(name, int(stat.Uid), int(stat.Gid))
	}
	return nil
}
