//go:build linux

package inside

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// nameItself has the container's name lead to the container: hosts(5). With the
// host's network it gets the host's hosts and name servers too, resolv.conf(5).
//
// As docker does, it covers the files of the rootfs and leaves them as they are.
func (p initProcess) nameItself() error {
	files := map[string]string{"/etc/hostname": p.Hostname + "\n", "/etc/hosts": p.Hosts}
	if p.ResolvConf != "" {
		files["/etc/resolv.conf"] = p.ResolvConf
	}
	for path, content := range files {
		if err := cover(path, content); err != nil {
			return lang.WithCure(fmt.Errorf("cover %s: %w", path, err), fileInTheWay(err))
		}
	}
	p.narrator.Say("mount --bind /etc/hosts, /etc/hostname and, with the host's network, /etc/resolv.conf")
	return nil
}

// cover mounts a file of this content over one that is there. The content lies in
// /dev, a file system of the container's own, and needs no name there once it is
// mounted.
func cover(path, content string) error {
	const source = "/dev/.covers"
	if err := os.WriteFile(source, []byte(content), 0o644); err != nil {
		return err
	}
	defer os.Remove(source)
	err := unix.Mount(source, path, "", unix.MS_BIND, "")
	if errors.Is(err, unix.ENOENT) { // a rootfs on which it could not be made
		return nil
	}
	return err
}
