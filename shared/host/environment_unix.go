//go:build unix

package host

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// useOwnFiles keeps the umask from taking the owner's rights to what this program
// makes: what it makes is for itself first.
func useOwnFiles() { syscall.Umask(syscall.Umask(0o077) &^ 0o700) }

// MayWrite reports whether this process may make files in a directory. It asks the
// kernel, which knows of read-only file systems too: access(2).
func MayWrite(dir string) bool { return unix.Access(dir, unix.W_OK|unix.X_OK) == nil }
