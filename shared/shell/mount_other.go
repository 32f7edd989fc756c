//go:build !linux

package shell

import "errors"

// Unshare, MountCgroup and UmountCgroup fail: they are Linux's.
func (sh *Shell) Unshare()                      { sh.Must(errors.ErrUnsupported) }
func (sh *Shell) MountCgroup(name, dir string)  { sh.Must(errors.ErrUnsupported) }
func (sh *Shell) UmountCgroup(name, dir string) { sh.Must(errors.ErrUnsupported) }
