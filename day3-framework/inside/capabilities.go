//go:build linux

package inside

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/sys/unix"
)

// dropCapabilities leaves root in the container the pieces of root's power
// that docker leaves it, capabilities(7), and bars the way back to the others.
func (p initProcess) dropCapabilities() error {
	keep := uint64(0)
	for _, capability := range []int{
		unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FSETID, unix.CAP_FOWNER, unix.CAP_MKNOD,
		unix.CAP_NET_RAW, unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_SETFCAP, unix.CAP_SETPCAP,
		unix.CAP_NET_BIND_SERVICE, unix.CAP_SYS_CHROOT, unix.CAP_KILL, unix.CAP_AUDIT_WRITE,
	} {
		keep |= 1 << capability
	}
	// The bounding set first: it takes CAP_SETPCAP, and it is what execve gives to
	// root's programs.
	if err := dropBoundingSet(keep); err != nil {
		return err
	}
	if err := leaveGroups(); err != nil {
		return err
	}
	kept, err := setCapabilities(keep)
	if err != nil {
		return err
	}
	// No set-user-ID program, no file capability gives anything back.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	p.narrator.Say("capset: %d capabilities left; prctl PR_SET_NO_NEW_PRIVS", kept)
	return nil
}

// dropBoundingSet drops all but these; the kernel's last capability ends the loop.
func dropBoundingSet(keep uint64) error {
	for capability := range 64 {
		if keep&(1<<capability) != 0 {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(capability), 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break
		}
		if err != nil {
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
	return nil
}

// leaveGroups leaves the groups of whoever started us: they are not root's. The
// system calls themselves, for this thread alone: Go's functions would stop all
// others first.
func leaveGroups() error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
		return fmt.Errorf("setgroups: %w", errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, 0, 0, 0); errno != 0 {
		return fmt.Errorf("setresgid: %w", errno)
	}
	// Where that changed the group, the kernel has forgotten with whom we are to
	// die: PR_SET_PDEATHSIG in prctl(2). Is the parent dead already, nobody takes
	// the report before execve.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("pdeathsig: %w", err)
	}
	return nil
}

// setCapabilities keeps of our capabilities these, and returns how many we had of
// them.
func setCapabilities(keep uint64) (kept int, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have, sets [2]unix.CapUserData // low and high 32 bits
	if err := unix.Capget(&header, &have[0]); err != nil {
		return 0, fmt.Errorf("capget: %w", err)
	}
	for i := range sets {
		sets[i].Permitted = have[i].Permitted & uint32(keep>>(32*i))
		sets[i].Effective = sets[i].Permitted
		kept += bits.OnesCount32(sets[i].Permitted)
	}
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return 0, fmt.Errorf("capset: %w", err)
	}
	return kept, nil
}
