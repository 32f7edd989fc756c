//go:build linux

package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// asked are the calls that write.
var asked = []uint32{unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_SENDFILE, unix.SYS_SPLICE, unix.SYS_COPY_FILE_RANGE}

// filter has the judge asked before each write of this thread's children, and returns
// the descriptor on which it is asked; -1 where the kernel can't. io_uring writes
// behind a filter's back, and so does who traces another process: both are refused.
// See seccomp_unotify(2).
func filter() int {
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		atLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		result  = unix.BPF_RET | unix.BPF_K
		x32     = 0x40000000
	)
	if audit == 0 {
		return -1
	}
	refused := []uint32{unix.SYS_IO_URING_SETUP, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_WRITEV}
	program := []unix.SockFilter{
		{Code: load, K: 4}, // the architecture
		{Code: equal, K: audit, Jt: 1},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: load, K: 0}, // the call's number
		{Code: atLeast, K: x32, Jf: 1},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
	}
	for _, number := range asked {
		program = append(program, unix.SockFilter{Code: equal, K: number, Jf: 1}, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	for _, number := range refused {
		program = append(program, unix.SockFilter{Code: equal, K: number, Jf: 1}, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
	}
	program = append(program, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ALLOW})
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&f)))
	if errno != 0 {
		return -1
	}
	return int(fd)
}
