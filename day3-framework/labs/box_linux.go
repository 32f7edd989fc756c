package labs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// A box is a container for a lab to look at: a sleep behind every wall but one. It is
// this program again, started in the namespaces, which builds the other walls and then
// becomes the sleep.
const box = "lab-box"

// init comes before main does, on the first thread, to which the walls belong.
func init() {
	if os.Args[0] != box || len(os.Args) != 4 {
		return
	}
	fmt.Fprintln(os.Stderr, becomeBox(os.Args[1], os.Args[2], os.Args[3]))
	os.Exit(1)
}

func startBox(name string, sleep int, without string) *exec.Cmd {
	flags := uintptr(0)
	for kind, flag := range map[string]uintptr{
		"uts": unix.CLONE_NEWUTS, "pid": unix.CLONE_NEWPID, "mnt": unix.CLONE_NEWNS,
		"ipc": unix.CLONE_NEWIPC, "net": unix.CLONE_NEWNET, "cgroup": unix.CLONE_NEWCGROUP,
	} {
		if kind != without {
			flags |= flag
		}
	}
	attributes := &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
	if uid := os.Geteuid(); uid != 0 {
		attributes.Cloneflags |= unix.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return &exec.Cmd{Path: "/proc/self/exe", Args: []string{box, name, strconv.Itoa(sleep), without}, SysProcAttr: attributes}
}

func becomeBox(name, number, without string) error {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		return err
	}
	if without != "uts" {
		err = errors.Join(err, unix.Sethostname([]byte(name)))
	}
	if without != "mnt" {
		err = errors.Join(err, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		if without != "pid" { // in a user namespace, proc takes a PID namespace of one's own
			err = errors.Join(err, unix.Mount("proc", "/proc", "proc", 0, ""))
		}
	}
	if without != "capabilities" {
		err = errors.Join(err, dropAll())
	}
	if without != "no-new-privs" {
		err = errors.Join(err, unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	}
	if err != nil {
		return err
	}
	return unix.Exec(sleep, []string{"sleep", number}, os.Environ())
}

// dropAll empties the bounding set, capabilities(7).
func dropAll() error {
	for capability := uintptr(0); ; capability++ {
		switch err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); {
		case errors.Is(err, unix.EINVAL) && capability > 0: // beyond the last one
			return nil
		case err != nil:
			return fmt.Errorf("capability %d: %w", capability, err)
		}
	}
}
