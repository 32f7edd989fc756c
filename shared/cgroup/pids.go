package cgroup

import (
	"path/filepath"
	"strconv"
)

// LimitPids limits how many processes and threads the group may have: beyond
// that, fork(2) fails with EAGAIN. Nobody is killed.
func (g *Group) LimitPids(n int64) error {
	d := g.dir("pids")
	return writeExactly(filepath.Join(d.path, d.hierarchy.Version.Names().PidsLimit), strconv.FormatInt(n, 10))
}
