//go:build linux

package inside

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// setHostname names the container's UTS namespace, sethostname(2).
func (p initProcess) setHostname() error {
	if err := unix.Sethostname([]byte(p.Hostname)); err != nil {
		return fmt.Errorf("sethostname %s: %w", p.Hostname, err)
	}
	p.narrator.Say("sethostname %s", p.Hostname)
	return nil
}
