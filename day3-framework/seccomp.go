//go:build linux

package main

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
// A filter is a small program that the kernel runs before each system call. A
// jump's numbers say how many lines it skips if the comparison holds, Jt, and if
// it does not, Jf: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
func (in inside) filterCalls() error {
	ours, known := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !known {
		return lang.Errorf(lang.Text{
			EN: "there is no system call filter for %s; amd64 and arm64 have one",
			ZH: "没有 %s 的系统调用过滤器；amd64 和 arm64 有",
		}, runtime.GOARCH)
	}
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS // from struct seccomp_data
		equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		atLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		hasBit  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		result  = unix.BPF_RET | unix.BPF_K

		number, arch, flags = 0, 4, 16 // what is where in it; flags is the first argument
		x32                 = 0x40000000
	)
	filter := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: ours, Jf: 11}, // another architecture's calls have other numbers
		{Code: load, K: number},
		{Code: atLeast, K: x32, Jt: 9},
		{Code: equal, K: unix.SYS_CLONE3, Jt: 9}, // its flags are out of a filter's sight; libc then takes clone
		{Code: equal, K: unix.SYS_ADD_KEY, Jt: 7},
		{Code: equal, K: unix.SYS_REQUEST_KEY, Jt: 6},
		{Code: equal, K: unix.SYS_KEYCTL, Jt: 5},
		{Code: equal, K: unix.SYS_UNSHARE, Jt: 1},
		{Code: equal, K: unix.SYS_CLONE, Jf: 2},
		{Code: load, K: flags},
		{Code: hasBit, K: unix.CLONE_NEWUSER, Jt: 1},
		{Code: result, K: unix.SECCOMP_RET_ALLOW},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	in.narrator.say("prctl PR_SET_SECCOMP: no user namespaces, no keys")
	return nil
}
