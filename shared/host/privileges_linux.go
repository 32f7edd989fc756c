package host

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// isMachinesRoot reports whether uid 0 is root of the machine and not of a user
// namespace, as in unshare -r or in a rootless container: only the first one maps
// all IDs, user_namespaces(7).
func isMachinesRoot() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(ids)), " ") == "0 0 4294967295"
}

// mayAdminister reports whether this process has CAP_SYS_ADMIN, which a
// container's root has not: "CapEff" in proc_pid_status(5).
func mayAdminister() bool { return capabilities()&(1<<unix.CAP_SYS_ADMIN) != 0 }

// capabilities are this process's; all of them where it can't be told.
func capabilities() uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ^uint64(0)
	}
	for line := range strings.Lines(string(status)) {
		if set, found := strings.CutPrefix(line, "CapEff:"); found {
			if bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64); err == nil {
				return bits
			}
		}
	}
	return ^uint64(0)
}

// Lacking says what to do where root was refused something, EPERM, for which it lacks a
// capability that a container is made with. Else it is empty.
func Lacking(err error) lang.Text {
	if !errors.Is(err, unix.EPERM) || os.Geteuid() != 0 {
		return lang.Text{}
	}
	var names []string
	ours := capabilities()
	for _, c := range []struct {
		bit  int
		name string
	}{
		{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {unix.CAP_MKNOD, "CAP_MKNOD"},
		{unix.CAP_SETPCAP, "CAP_SETPCAP"}, {unix.CAP_SETGID, "CAP_SETGID"},
	} {
		if ours&(1<<c.bit) == 0 {
			names = append(names, c.name)
		}
	}
	if names == nil {
		return lang.Text{}
	}
	list := strings.Join(names, ", ")
	return lang.Text{
		EN: "root lacks " + list + " here, see capabilities(7): a container has it with --privileged; else use a virtual machine, scripts/setup-vm.sh up",
		ZH: "这里的 root 缺少 " + list + "，见 capabilities(7)：容器用 --privileged 启动就有；否则请用虚拟机，scripts/setup-vm.sh up",
	}
}

// Forbidden says what to do where a security module has forbidden something to root: of
// whom it wants a capability the kernel says EPERM, errno(3), and not EACCES. Else it is
// empty.
func Forbidden(err error) lang.Text {
	if !errors.Is(err, unix.EACCES) || os.Geteuid() != 0 {
		return lang.Text{}
	}
	name := ""
	if label, _ := os.ReadFile("/proc/self/attr/current"); len(label) > 0 {
		name = " (" + strings.Trim(string(label), " \n\x00") + ")"
	}
	return lang.Text{
		EN: "AppArmor, SELinux or another security module forbids it to this program" + name + "; dmesg | grep -i denied tells more; a container may be started with --security-opt apparmor=unconfined, or label=disable",
		ZH: "AppArmor、SELinux 之类的安全模块不许这个程序" + name + "这样做；dmesg | grep -i denied 里有详情；是容器的话，启动时可加 --security-opt apparmor=unconfined 或 label=disable",
	}
}

// inChroot reports whether our / is another than that of the machine's first process,
// which root alone may look at: another mount, proc_pid_fdinfo(5), or another directory.
func inChroot() bool {
	first, ours := "/proc/1/root", "/"
	ns1, err1 := os.Readlink("/proc/1/ns/mnt")
	ns2, err2 := os.Readlink("/proc/self/ns/mnt")
	if err1 != nil || err2 != nil || ns1 != ns2 { // another namespace has other mounts
		return false
	}
	a, err1 := os.Stat(first)
	b, err2 := os.Stat(ours)
	return err1 == nil && err2 == nil && (!os.SameFile(a, b) || mountOf(first) != mountOf(ours))
}

func mountOf(path string) (id string) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	info, _ := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	for line := range strings.Lines(string(info)) {
		if value, found := strings.CutPrefix(line, "mnt_id:"); found {
			id = strings.TrimSpace(value)
		}
	}
	return id
}
