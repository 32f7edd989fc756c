//go:build linux

package inside

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// mountCgroups shows the container its own group, where programs look for it to see
// how much they may use. In the cgroup namespace the group is the root:
// cgroup_namespaces(7). It is read-only: a limit that root in here could write would
// be none.
func (p initProcess) mountCgroups() error {
	const dir, safe = "/sys/fs/cgroup", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if p.CgroupV2 {
		if err := unix.Mount("cgroup2", dir, "cgroup2", safe|unix.MS_RDONLY, ""); err != nil {
			return fmt.Errorf("mount -t cgroup2 cgroup2 %s: %w", dir, err)
		}
		p.narrator.Say("mount -t cgroup2 -o ro cgroup2 %s", dir)
		return nil
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", safe, "mode=755"); err != nil {
		return fmt.Errorf("mount -t tmpfs tmpfs %s: %w", dir, err)
	}
	for _, controllers := range p.CgroupsV1 {
		target := dir + "/" + controllers
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("cgroup", target, "cgroup", safe|unix.MS_RDONLY, controllers); err != nil {
			return fmt.Errorf("mount -t cgroup -o %s cgroup %s: %w", controllers, target, err)
		}
		p.narrator.Say("mount -t cgroup -o ro,%s cgroup %s", controllers, target)
		if several := strings.Split(controllers, ","); len(several) > 1 {
			for _, one := range several {
				if err := os.Symlink(controllers, dir+"/"+one); err != nil {
					return err
				}
			}
		}
	}
	return makeReadOnlyMount(dir)
}
