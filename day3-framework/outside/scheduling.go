//go:build linux

package outside

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// realTime are the policies that sched(7) calls so.
var realTime = []uint32{unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE}

// beOrdinary frees this thread, and so init, from what chrt(1) and taskset(1) gave our
// caller. A real-time process may not enter a v1 group of the cpu controller, and the
// container's set of CPUs is the one that was asked for.
func (o options) beOrdinary() error {
	if policy, err := unix.SchedGetAttr(0, 0); err == nil && slices.Contains(realTime, policy.Policy) {
		ordinary := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
		if err := unix.SchedSetAttr(0, &ordinary, 0); err != nil {
			return fmt.Errorf("sched_setattr SCHED_NORMAL: %w", err)
		}
	}
	if o.limits.CPUSet == "" {
		return nil
	}
	var all unix.CPUSet
	for cpu := range len(all) * 64 {
		all.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &all); err != nil {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	return nil
}
