//go:build linux

package main

import (
	"github.com/spf13/pflag"

	"mydocker.example/shared/lang"
)

// day1 is what the steps share.
type day1 struct {
	wantShell bool // --shell
}

func (d *day1) flags(flags *pflag.FlagSet, l lang.Language) {
	flags.BoolVar(&d.wantShell, "shell", false, lang.Text{EN: "end with a shell in all the namespaces", ZH: "最后进入一个处在全部命名空间里的 shell"}.In(l))
}
