package host

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// isMachinesRoot reports whether uid 0 is root of the machine and not of a user
// namespace, as in unshare -r or in a rootless container: only the first one maps
// all IDs, user_namespaces(7).
func isMachinesRoot() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(ids)), " ") == "0 0 4294967295"
}

// mayAdminister reports whether this process has CAP_SYS_ADMIN, which a
// container's root has not: "CapEff" in proc_pid_status(5).
func mayAdminister() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(status)) {
		if set, found := strings.CutPrefix(line, "CapEff:"); found {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err != nil || bits&(1<<unix.CAP_SYS_ADMIN) != 0
		}
	}
	return true
}
