package cgroup

import (
	"fmt"
	"os"
	"strings"

	"github.com/docker/go-units"

	"mydocker.example/shared/lang"
)

// Limits are what a group may use. A field that is zero sets no limit; but see
// MemorySwap.
type Limits struct {
	Memory     int64   // bytes
	MemorySwap int64   // bytes of memory and swap together; Unlimited, or 0 for as much swap as memory
	CPUs       float64 // CPU time a second: 0.5 is half a CPU
	CPUShares  int64   // weight against the groups beside it, v1's scale: 2 to 262144, 1024 being the usual one
	CPUSet     string  // the CPUs to run on: 0-1,3
	MemSet     string  // the memory nodes to take memory from, as CPUSet is written
	Pids       int64   // processes and threads
}

// Unlimited is the swap limit that is none.
const Unlimited = -1

// String lists the limits that are set, in docker's words.
func (l Limits) String() string {
	var list []string
	for _, limit := range []struct {
		set   bool
		flag  string
		value any
	}{
		{l.Memory > 0, "memory", units.BytesSize(float64(l.Memory))},
		{l.Memory > 0 && l.MemorySwap > 0, "memory-swap", units.BytesSize(float64(l.MemorySwap))},
		{l.CPUs > 0, "cpus", l.CPUs},
		{l.CPUShares > 0, "cpu-shares", l.CPUShares},
		{l.CPUSet != "", "cpuset-cpus", l.CPUSet},
		{l.MemSet != "", "cpuset-mems", l.MemSet},
		{l.Pids > 0, "pids-limit", l.Pids},
	} {
		if limit.set {
			list = append(list, fmt.Sprintf("%s %v", limit.flag, limit.value))
		}
	}
	if list == nil {
		return "none"
	}
	return strings.Join(list, ", ")
}

// Controllers lists the controllers that a group needs for these limits.
func (l Limits) Controllers() []string {
	var list []string
	if l.Memory > 0 {
		list = append(list, "memory")
	}
	if l.CPUs > 0 || l.CPUShares > 0 {
		list = append(list, "cpu")
		if _, err := Find("cpuacct"); err == nil {
			list = append(list, "cpuacct") // v1 counts CPU time apart from limiting it
		}
	}
	if l.CPUSet != "" || l.MemSet != "" {
		list = append(list, "cpuset")
	}
	if l.Pids > 0 {
		list = append(list, "pids")
	}
	return list
}

// Apply sets the limits and reads each back. The group must have been made
// with their Controllers.
func (l Limits) Apply(g *Group) error {
	if l.Memory > 0 {
		if err := l.limitMemory(g); err != nil {
			return err
		}
	}
	if l.CPUs > 0 {
		if err := g.LimitCPU(l.CPUs); err != nil {
			return err
		}
	}
	if l.CPUShares > 0 {
		if err := g.SetCPUShares(l.CPUShares); err != nil {
			return err
		}
	}
	if l.CPUSet != "" || l.MemSet != "" {
		if err := g.LimitCPUSet(l.CPUSet, l.MemSet); err != nil {
			return err
		}
	}
	if l.Pids > 0 {
		return g.LimitPids(l.Pids)
	}
	return nil
}

// limitMemory limits swap as docker does: without a word about it, the group may
// swap as much as it has memory, or whatever it likes where that can't be limited.
func (l Limits) limitMemory(g *Group) error {
	if l.MemorySwap == 0 {
		return unlessNoAccount(g.LimitMemoryAndSwap(l.Memory, 2*l.Memory))
	}
	return g.LimitMemoryAndSwap(l.Memory, l.MemorySwap)
}

// writeExactly writes a value that the kernel is to keep as it is.
func writeExactly(file, value string) error { return writeAndReadBack(file, value, value) }

// writeAndReadBack writes a value and reads it back: where the kernel keeps
// anything but want, the limit does not hold.
func writeAndReadBack(file, value, want string) error {
	if err := Write(file, value); err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return Explain("read", file, err)
	}
	if got := strings.TrimSpace(string(text)); got != want {
		return lang.Errorf(lang.Text{EN: "%s: wrote %s, but the kernel keeps %s", ZH: "%s：写入的是 %s，内核留下的却是 %s"}, file, value, got)
	}
	return nil
}
