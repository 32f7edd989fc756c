// Command escape tries to get out of where it runs. It says what it reached,
// and its exit status is 0 where it got out.
//
//	escape chroot FILE   the classic way out of chroot(2), to see FILE
//	escape ptrace PID    trace a process
//	escape user          become root of a user namespace
//	escape keys          look for the session's keys
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	runtime.LockOSThread() // a tracer is a thread
	var err error
	switch os.Args[1] {
	case "chroot":
		err = leaveChroot(os.Args[2])
	case "ptrace":
		err = trace(os.Args[2])
	case "user":
		cmd := exec.Command("/proc/self/exe", "stay")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
		err = cmd.Run()
	case "keys":
		_, err = unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
	}
	if err != nil {
		fmt.Println("kept in:", err)
		os.Exit(1)
	}
	fmt.Println("got out")
}

// leaveChroot makes a second root below the first while it stands outside of
// that, from where ".." leads up to the real one: chroot(2).
func leaveChroot(file string) error {
	if err := os.MkdirAll("/jail", 0o700); err != nil {
		return err
	}
	outside, err := os.Open("/")
	if err != nil {
		return err
	}
	if err := syscall.Chroot("/jail"); err != nil {
		return err
	}
	if err := outside.Chdir(); err != nil {
		return err
	}
	for range 100 {
		if err := os.Chdir(".."); err != nil {
			return err
		}
	}
	if err := syscall.Chroot("."); err != nil {
		return err
	}
	_, err = os.Stat(file)
	return err
}

func trace(number string) error {
	pid, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	if err := syscall.PtraceAttach(pid); err != nil {
		return err
	}
	// It can be let go once it has stopped.
	if _, err := syscall.Wait4(pid, nil, syscall.WALL, nil); err != nil {
		return err
	}
	return syscall.PtraceDetach(pid)
}
