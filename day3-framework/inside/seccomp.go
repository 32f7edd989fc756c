//go:build linux

package inside

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// filterCalls has the kernel refuse two ways out, as docker's seccomp profile
// does. In a user namespace of its own a process has every capability again,
// enough to mount its cgroup's files and lift its limits; and the kernel's keys
// are in no namespace that we make: keyrings(7).
//
// A filter is a small program that the kernel runs before each system call: it
// loads a number and compares. A comparison says how many lines to skip if it
// holds, Jt, and if it does not, Jf: seccomp(2),
// Documentation/userspace-api/seccomp_filter.rst.
func (p initProcess) filterCalls() error {
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS // from struct seccomp_data
		equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		atLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		hasBit  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		result  = unix.BPF_RET | unix.BPF_K

		number, arch, flags = 0, 4, 16 // what is where in it; flags is the first argument
		x32                 = 0x40000000

		look, allow, refuse, unknown, next = 9, 11, 12, 13, 14 // lines of the part below
	)
	jump := func(from, to int) uint8 { return uint8(to - from - 1) }
	archs := architectures()
	if archs == nil {
		return lang.Errorf(lang.Text{
			EN: "there is no system call filter for %s; 386, amd64 and arm64 have one",
			ZH: "没有 %s 的系统调用过滤器；386、amd64 和 arm64 有",
		}, runtime.GOARCH)
	}
	filter := []unix.SockFilter{{Code: load, K: arch}}
	for _, a := range archs {
		filter = append(filter, []unix.SockFilter{
			0:       {Code: equal, K: a.arch, Jf: jump(0, next)},
			1:       {Code: load, K: number},
			2:       {Code: atLeast, K: x32, Jt: jump(2, unknown)},
			3:       {Code: equal, K: a.clone3, Jt: jump(3, unknown)}, // its flags are out of a filter's sight; libc then takes clone
			4:       {Code: equal, K: a.addKey, Jt: jump(4, refuse)},
			5:       {Code: equal, K: a.requestKey, Jt: jump(5, refuse)},
			6:       {Code: equal, K: a.keyctl, Jt: jump(6, refuse)},
			7:       {Code: equal, K: a.unshare, Jt: jump(7, look)},
			8:       {Code: equal, K: a.clone, Jf: jump(8, allow)},
			look:    {Code: load, K: flags},
			10:      {Code: hasBit, K: unix.CLONE_NEWUSER, Jt: jump(10, refuse)},
			allow:   {Code: result, K: unix.SECCOMP_RET_ALLOW},
			refuse:  {Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
			unknown: {Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		}...)
	}
	filter = append(filter, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	p.narrator.Say("prctl PR_SET_SECCOMP: no user namespaces, no keys")
	return nil
}

// callNumbers are those of the filtered calls on one architecture.
type callNumbers struct {
	arch uint32 // linux/audit.h

	clone, clone3, unshare, addKey, requestKey, keyctl uint32 // asm/unistd.h
}

// architectures lists those whose programs our kernel can run: our own, and the
// one of the other width, whose calls have other numbers. It is nil for one that
// we don't know.
func architectures() []callNumbers {
	own := callNumbers{0, unix.SYS_CLONE, unix.SYS_CLONE3, unix.SYS_UNSHARE, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL}
	switch runtime.GOARCH {
	case "386": // perhaps on a 64-bit kernel
		own.arch = unix.AUDIT_ARCH_I386
		return []callNumbers{own, {unix.AUDIT_ARCH_X86_64, 56, 435, 272, 248, 249, 250}}
	case "amd64":
		own.arch = unix.AUDIT_ARCH_X86_64
		return []callNumbers{own, {unix.AUDIT_ARCH_I386, 120, 435, 310, 286, 287, 288}}
	case "arm64":
		own.arch = unix.AUDIT_ARCH_AARCH64
		return []callNumbers{own, {unix.AUDIT_ARCH_ARM, 120, 435, 337, 309, 310, 311}}
	}
	return nil
}
