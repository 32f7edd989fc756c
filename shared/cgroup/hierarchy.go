// Package cgroup makes, limits, joins, reads and removes control groups, on
// cgroup v1, v2 and the hybrid of both. See cgroups(7).
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mydocker.example/shared/lang"
)

// A Hierarchy is one mounted tree of cgroups.
type Hierarchy struct {
	Version     Version
	Mount       string   // the directory on which it is mounted
	Name        string   // of a v1 hierarchy mounted with name=…
	Controllers []string // the resources it can limit
	root        string   // the group that Mount shows; not "/" in some containers
}

// Mounted lists the cgroup hierarchies in this thread's mount namespace, in the
// order of /proc/thread-self/mountinfo.
func Mounted() ([]Hierarchy, error) {
	table, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("which cgroups are mounted: %w", err)
	}
	found, err := parseMountinfo(string(table))
	if err != nil {
		return nil, err
	}
	var visible []Hierarchy
	for _, h := range found {
		if h.Version == V2 {
			file := filepath.Join(h.Mount, names[V2].Controllers)
			list, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				continue // the root of another namespace's mounts hides it
			}
			if err != nil {
				return nil, Explain("read", file, err)
			}
			h.Controllers = strings.Fields(string(list))
		}
		visible = append(visible, h)
	}
	return visible, nil
}

// A mountLine is what a line of proc_pid_mountinfo(5) says about where a mount
// stands in the tree of mounts.
type mountLine struct{ id, parent, root, dir string }

// parseMountinfo reads the format of proc_pid_mountinfo(5). A v1 hierarchy's
// controllers stand among the super options, the last field; a v2 mount does
// not name any. Mounts that are covered by others are left out, and those that show
// only a part of what another one shows.
func parseMountinfo(table string) ([]Hierarchy, error) {
	var all, ours []mountLine
	var found []Hierarchy
	for line := range strings.Lines(table) {
		mount, filesystem, ok := strings.Cut(line, " - ")
		m, f := strings.Fields(mount), strings.Fields(filesystem)
		if !ok || len(m) < 6 || len(f) < 3 {
			return nil, fmt.Errorf("mountinfo: a line that proc_pid_mountinfo(5) does not know: %q", strings.TrimSpace(line))
		}
		this := mountLine{id: m[0], parent: m[1], root: Unescape(m[3]), dir: Unescape(m[4])}
		all = append(all, this)
		if f[0] != "cgroup" && f[0] != "cgroup2" {
			continue
		}
		h := Hierarchy{Version: V2, root: this.root, Mount: this.dir}
		if f[0] == "cgroup" {
			h.Version = V1
			for option := range strings.SplitSeq(f[len(f)-1], ",") {
				if name, named := strings.CutPrefix(option, "name="); named {
					h.Name = name
				} else if !slices.Contains(notAController, option) && !strings.Contains(option, "=") {
					h.Controllers = append(h.Controllers, option)
				}
			}
		}
		found, ours = append(found, h), append(ours, this)
	}
	var visible []Hierarchy
	for i, h := range found {
		if !covered(ours[i], all) {
			visible = append(visible, h)
		}
	}
	return slices.DeleteFunc(slices.Clone(visible), func(part Hierarchy) bool {
		return slices.ContainsFunc(visible, func(whole Hierarchy) bool {
			return whole.Version == part.Version && whole.Name == part.Name &&
				slices.Equal(whole.Controllers, part.Controllers) && isBelow(part.root, whole.root)
		})
	}), nil
}

// covered reports whether a mount can't be seen at its directory: another one is
// mounted on it, or on a directory above it in the mount in which it, or one of
// those that carry it, stands. The order of the lines does not say so: the root
// often comes after what is mounted in it.
func covered(mount mountLine, all []mountLine) bool {
	for _, m := range all {
		if m.parent == mount.id && m.dir == mount.dir && m.id != mount.id {
			return true
		}
	}
	for range all { // no longer way up than there are mounts
		above := slices.IndexFunc(all, func(m mountLine) bool { return m.id == mount.parent && m.id != mount.id })
		for _, m := range all {
			if m.parent == mount.parent && m.id != mount.id && isBelow(mount.dir, m.dir) {
				return true
			}
		}
		if above < 0 {
			return false
		}
		mount = all[above]
	}
	return false
}

// IsMountPoint reports whether something is mounted on dir. On / it is, but not in
// a chroot or an initramfs.
func IsMountPoint(dir string) bool {
	table, err := os.ReadFile("/proc/thread-self/mountinfo")
	return err != nil || slices.ContainsFunc(strings.Split(string(table), "\n"), func(line string) bool {
		fields := strings.Fields(line)
		return len(fields) > 4 && Unescape(fields[4]) == dir
	})
}

func isBelow(dir, top string) bool {
	return dir != top && strings.HasPrefix(dir, strings.TrimSuffix(top, "/")+"/")
}

// notAController are the other words among a v1 mount's super options.
var notAController = []string{
	"rw", "ro", "sync", "dirsync", "mand", "lazytime", "seclabel", "none", "all", "noprefix", "xattr",
	"clone_children", "cpuset_v2_mode", "favordynmods", "nofavordynmods",
}

// Unescape undoes mountinfo's octal escapes for blank, tab, newline and backslash.
func Unescape(path string) string {
	if !strings.Contains(path, `\`) {
		return path
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// Find returns the hierarchy that has the controller. On a hybrid machine some
// controllers are in v1 hierarchies and some in the v2 one, so ask for each.
func Find(controller string) (Hierarchy, error) {
	all, err := Mounted()
	if err != nil {
		return Hierarchy{}, err
	}
	return find(all, controller)
}

func find(all []Hierarchy, controller string) (Hierarchy, error) {
	for _, h := range all {
		if h.Has(controller) {
			return h, nil
		}
	}
	table, _ := os.ReadFile("/proc/cgroups")
	model, _ := os.ReadFile("/proc/device-tree/model")
	return Hierarchy{}, lang.WithCure(
		lang.Errorf(lang.Text{EN: "no mounted cgroup hierarchy has the %s controller", ZH: "已挂载的 cgroup 层级里没有控制器 %s"}, controller),
		whereMissing(controller, string(table), string(model)))
}

// whereMissing says what to do about a controller that no hierarchy has. table is
// /proc/cgroups, cgroups(7); model is what a machine with a device tree calls itself.
func whereMissing(controller, table, model string) lang.Text {
	isOff := slices.ContainsFunc(strings.Split(table, "\n"), func(line string) bool {
		fields := strings.Fields(line)
		return len(fields) == 4 && fields[0] == controller && fields[3] == "0"
	})
	switch {
	case isOff && strings.HasPrefix(model, "Raspberry Pi"): // its firmware says cgroup_disable=memory
		return lang.Text{
			EN: "the kernel has it, but was told to leave it off: add cgroup_enable=" + controller + " to the end of the line in /boot/firmware/cmdline.txt and restart",
			ZH: "内核里有它，只是启动时关掉了：在 /boot/firmware/cmdline.txt 那一行的末尾加上 cgroup_enable=" + controller + "，然后重启",
		}
	case isOff:
		return lang.Text{
			EN: "the kernel has it, but was told to leave it off: add cgroup_enable=" + controller + " to its command line and restart",
			ZH: "内核里有它，只是启动时关掉了：给内核加启动参数 cgroup_enable=" + controller + "，然后重启",
		}
	}
	return lang.Text{
		EN: "if the machine is set to cgroup v1, its kernel may have it for v2 alone, as Debian 13's has memory; in a container, use a virtual machine: scripts/setup-vm.sh up",
		ZH: "若机器设成了 cgroup v1，也许内核只在 v2 里有它（Debian 13 的内存控制器就是这样）；若身处容器，请改用虚拟机：scripts/setup-vm.sh up",
	}
}

// Unified returns the v2 hierarchy, with or without controllers: a hybrid
// machine has one as well.
func Unified() (Hierarchy, bool) {
	all, err := Mounted()
	if err != nil {
		return Hierarchy{}, false
	}
	i := slices.IndexFunc(all, func(h Hierarchy) bool { return h.Version == V2 })
	if i < 0 {
		return Hierarchy{}, false
	}
	return all[i], true
}

// Mode names the machine's set-up: "v1", "v2", "hybrid" where controllers are
// in v1 hierarchies and a v2 one is mounted beside them, "none" without any.
func Mode(all []Hierarchy) string {
	v1, v2 := false, false
	for _, h := range all {
		v1 = v1 || h.Version == V1 && len(h.Controllers) > 0
		v2 = v2 || h.Version == V2
	}
	switch {
	case v1 && v2:
		return "hybrid"
	case v1:
		return "v1"
	case v2:
		return "v2"
	}
	return "none"
}

// Own returns the directory of the group in which this thread is.
func (h Hierarchy) Own() (string, error) {
	return h.groupOf("/proc/thread-self/cgroup")
}

// GroupOf returns the directory of the group in which process pid is.
func (h Hierarchy) GroupOf(pid int) (string, error) {
	return h.groupOf(fmt.Sprintf("/proc/%d/cgroup", pid))
}

// groupOf reads a file as cgroups(7) describes /proc/PID/cgroup: one line
// "ID:controllers:path" a hierarchy, "0::path" for v2. The path is seen from
// the hierarchy's root; the mount may show only a part of it.
func (h Hierarchy) groupOf(file string) (string, error) {
	lines, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(lines)) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		if !h.is(controllers) {
			continue
		}
		outside := func(group string) bool { return group == "/.." || strings.HasPrefix(group, "/../") } // of our cgroup namespace
		below, err := filepath.Rel(h.root, path)
		if outside(h.root) || outside(path) || err != nil || below == ".." || strings.HasPrefix(below, "../") {
			return "", lang.WithCure(
				lang.Errorf(lang.Text{EN: "%s: the group %s is outside what is mounted on %s", ZH: "%s：组 %s 不在 %s 挂载的范围里"}, file, path, h.Mount),
				lang.Text{
					EN: "only a part of the tree is mounted there, by a bind mount or from another cgroup namespace: umount it, or start from a shell that has the whole",
					ZH: "那里只挂了整棵树的一部分（bind 挂载，或者来自另一个 cgroup 命名空间）：请 umount 它，或换一个看得到整棵树的 shell",
				})
		}
		return filepath.Join(h.Mount, below), nil
	}
	return "", fmt.Errorf("%s has no line for the hierarchy on %s", file, h.Mount)
}

// is reports whether the second field of a /proc/PID/cgroup line means h.
func (h Hierarchy) is(controllers string) bool {
	switch {
	case h.Version == V2:
		return controllers == ""
	case h.Name != "":
		return slices.Contains(strings.Split(controllers, ","), "name="+h.Name)
	}
	return len(h.Controllers) > 0 && slices.Contains(strings.Split(controllers, ","), h.Controllers[0])
}

// Top returns the directory below which this program may make groups: root's is
// the root. An ordinary user's is, on v2, the highest group above their own that
// was delegated to them, as systemd does with user@UID.service: "Delegation" in
// Documentation/admin-guide/cgroup-v2.rst. Where nothing was, it is the root too,
// and making a group there is refused.
func (h Hierarchy) Top() string {
	if h.Version == V1 || Delegated(h.Mount) {
		return h.Mount
	}
	top := h.Mount
	dir, err := h.Own()
	for err == nil && dir != h.Mount && Delegated(dir) {
		top, dir = dir, filepath.Dir(dir)
	}
	return top
}

// Offers reports whether the groups below the v2 group dir can have the
// controller: all the groups above dir must have enabled it.
func Offers(dir, controller string) bool {
	list, err := os.ReadFile(filepath.Join(dir, names[V2].Controllers))
	return err == nil && slices.Contains(strings.Fields(string(list)), controller)
}

// Delegated reports whether we may move processes into a v2 group and enable
// controllers in it. Opening a control file changes nothing.
func Delegated(dir string) bool {
	for _, file := range []string{names[V2].Procs, names[V2].Enable} {
		f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
		if err != nil {
			return false
		}
		f.Close()
	}
	return true
}

// Has reports whether the hierarchy has the controller.
func (h Hierarchy) Has(controller string) bool { return slices.Contains(h.Controllers, controller) }
