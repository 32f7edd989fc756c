//go:build linux

package main

import (
	"os"

	"github.com/spf13/pflag"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// day1 is what the steps share.
type day1 struct {
	wantShell bool // --shell
}

func (d *day1) flags(flags *pflag.FlagSet, l lang.Language) {
	flags.BoolVar(&d.wantShell, "shell", false, lang.Text{EN: "end with a shell in all the namespaces", ZH: "最后进入一个处在全部命名空间里的 shell"}.In(l))
}

// whatIsANamespace shows the namespaces that this very program is in.
func (d *day1) whatIsANamespace(sh *shell.Shell) {
	kinds := sh.Ls("/proc/self/ns")
	sh.ProveText("kinds", len(kinds) >= 7, lang.Text{EN: "%d entries", ZH: "%d 项"}, len(kinds))

	ours := sh.Readlink("/proc/self/ns/uts")
	// Only root may look at another user's process.
	if _, err := os.Readlink("/proc/1/ns/uts"); err == nil {
		sh.Readlink("/proc/1/ns/uts")
	}
	its := sh.Run("sh", "-c", "readlink /proc/self/ns/uts")
	sh.Prove("inherited", ours == its, "%s = %s", ours, its)
}
