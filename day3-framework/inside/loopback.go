//go:build linux

package inside

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// raiseLoopback brings up lo, which a new network namespace has, but down:
// without it a container can't reach even itself on 127.0.0.1.
func (p initProcess) raiseLoopback() error {
	if !p.OwnNetwork {
		return nil
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket to configure lo: %w", err)
	}
	defer unix.Close(socket)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP) // netdevice(7), SIOCSIFFLAGS
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("ip link set lo up: %w", err)
	}
	p.narrator.Say("ip link set lo up")
	return nil
}
