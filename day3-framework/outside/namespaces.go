//go:build linux

package outside

import "syscall"

// namespaces says how init is to be started: which namespaces it is born into,
// and which it makes itself before it is executed.
func (o options) namespaces() *syscall.SysProcAttr {
	born := uintptr(syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC)
	if o.config.OwnNetwork {
		born |= syscall.CLONE_NEWNET
	}
	return &syscall.SysProcAttr{
		Cloneflags: born,
		// A mount namespace made by clone is a peer of ours: what is mounted
		// in it appears on the host wherever / is shared, as systemd makes
		// it. For one made by unshare, Go makes every mount private before
		// our code runs. And a cgroup namespace has as its root the group
		// in which its maker is: that must be init, already in its group.
		Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWCGROUP,
		// A session of its own: Ctrl-C at our terminal reaches the container
		// through us, and once only.
		Setsid:    true,
		Pdeathsig: syscall.SIGKILL,
	}
}
