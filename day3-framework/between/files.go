//go:build linux

// Package between is what passes from one life of mydocker to the other: the
// configuration through a pipe, reports and the terminal through a socket, and
// what both must agree on.
package between

import "golang.org/x/sys/unix"

// The files that init starts with, beside the three that every process has.
const (
	SelfFD   = 3 + iota // this program, read-only
	ConfigFD            // a pipe: the configuration as JSON, up to its end
	ReportFD            // a socket: what init has to say
)

// IsNull reports whether a file is a /dev/null: the host's is passed on, and init
// takes the container's for it.
func IsNull(status unix.Stat_t) bool {
	return status.Mode&unix.S_IFMT == unix.S_IFCHR && status.Rdev == unix.Mkdev(1, 3)
}
