//go:build linux

package main

import (
	"os"

	"mydocker.example/shared/shell"
)

// whatIsANamespace shows the namespaces that this very program is in.
func (d *day1) whatIsANamespace(sh *shell.Shell) {
	kinds := sh.Ls("/proc/self/ns")
	sh.Prove("kinds", len(kinds) >= 7, "/proc/self/ns: %d", len(kinds))

	ours := sh.Readlink("/proc/self/ns/uts")
	// Only root may look at another user's process.
	if _, err := os.Readlink("/proc/1/ns/uts"); err == nil {
		sh.Readlink("/proc/1/ns/uts")
	}
	its := sh.Run("sh", "-c", "readlink /proc/self/ns/uts")
	sh.Prove("inherited", ours == its, "%s = %s", ours, its)
}
