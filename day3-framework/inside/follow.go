//go:build linux

package inside

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// follow returns where an absolute path leads, path_resolution(7), also where a link on
// its way leads to what is not there yet: /var/run of many a root file system, or
// /etc/resolv.conf, whose file only a running system has. mkdir(2) stops at such links.
func follow(path string) (string, error) {
	todo, at := strings.Split(path, "/"), "/"
	for links := 0; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > 40 { // the kernel's limit
			return "", &os.PathError{Op: "follow", Path: path, Err: unix.ELOOP}
		}
		target, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return at, nil
}
