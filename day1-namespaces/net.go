//go:build linux

package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/shell"
)

// net shows a network with nothing in it but a loopback interface, and that
// down.
func (d *day1) net(sh *shell.Shell) {
	outside := sh.Readlink("/proc/self/ns/net")
	guess := sh.Ask("loopback")
	answer := inside(sh, syscall.CLONE_NEWNET,
		"readlink /proc/self/ns/net; sed -n s/:.*//p /proc/net/dev; "+self(sh)+" loopback")
	proveAnother(sh, "own-net", first(answer), outside)
	names := interfaces(answer)
	sh.Prove("only-lo", slices.Equal(withoutTunnels(names), []string{"lo"}), "%s",
		strings.Join(names, " "))
	down, up := line(answer, "down: "), line(answer, "up: ")
	choice := 1
	for i, end := range []string{"connection refused", "network is unreachable"} {
		if strings.HasSuffix(down, end) {
			choice = i + 2
		}
	}
	guess.IsChoice(choice, "%s", down)
	sh.Prove("lo-down", strings.HasSuffix(down, "network is unreachable"), "%s", down)
	sh.Prove("lo-up", strings.HasSuffix(up, "connection refused"), "%s", up)
}

// interfaces returns the names that sed has left of /proc/net/dev: each is a line
// of its own. The numbers behind them would not fit a line.
func interfaces(answer string) (names []string) {
	for line := range strings.Lines(answer) {
		if words := strings.Fields(line); len(words) == 1 && !strings.Contains(words[0], ":") {
			names = append(names, words[0])
		}
	}
	return names
}

// withoutTunnels leaves out what tunnel drivers, where the kernel has them, put
// into every network namespace: fb_tunnels_only_for_init_net in the kernel's
// Documentation/admin-guide/sysctl/net.rst.
func withoutTunnels(names []string) []string {
	tunnels := strings.Fields("tunl0 gre0 gretap0 erspan0 ip_vti0 sit0 ip6tnl0 ip6gre0 ip6_vti0")
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(tunnels, name) })
}

// loopback dials an address of its own, brings lo up, and dials again. Nobody
// listens there: that the connection is refused says that it arrived.
func loopback() int {
	const nobody = "127.0.0.1:1"
	_, err := net.Dial("tcp", nobody)
	fmt.Println("down:", err)

	if err := bringUp("lo"); err != nil {
		fmt.Println("bring lo up:", err)
		return 1
	}
	_, err = net.Dial("tcp", nobody)
	fmt.Println("up:", err)
	return 0
}

// bringUp sets an interface's IFF_UP flag: netdevice(7).
func bringUp(name string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}
