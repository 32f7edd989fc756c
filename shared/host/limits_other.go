//go:build !linux

package host

import "mydocker.example/shared/lang"

// Limits is nothing that matters before there is a Linux kernel.
func Limits() Check { return Check{What: lang.Same("ulimit")} }
