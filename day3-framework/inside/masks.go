//go:build linux

package inside

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maskPaths covers what proc and sysfs tell or let root do about the whole
// machine, although they are the container's own mounts: the lists that docker
// gives the OCI runtime as maskedPaths and readonlyPaths. Not every kernel has
// every one.
func (p initProcess) maskPaths() error {
	throttles, err := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle") // GHSA-6fw5-f8r9-fgfm
	if err != nil {
		return err
	}
	for _, path := range append(throttles,
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
		"/sys/devices/virtual/powercap", "/sys/firmware",
	) {
		if err := mask(path); err != nil {
			return err
		}
	}
	for _, path := range []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"} {
		if err := makeReadOnly(path); err != nil {
			return err
		}
	}
	p.narrator.Say("mask /proc/kcore and others; read-only: /proc/sys, /proc/sysrq-trigger and others")
	return nil
}

// mask covers a file with /dev/null, and a directory with an empty file system.
func mask(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
	case !info.IsDir():
		err = unix.Mount("/dev/null", path, "", unix.MS_BIND, "")
	default:
		err = unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("mask %s: %w", path, err)
	}
	return nil
}
