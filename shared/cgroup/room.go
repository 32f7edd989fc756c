package cgroup

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Room returns how much memory the groups that this program makes can have at
// most: what their parent, and each group above it that can be seen, has left of
// its limit. In a container that was started with -m that is less than the
// machine has.
func Room() int64 {
	least := int64(math.MaxInt64)
	h, err := Find("memory")
	if err != nil {
		return least
	}
	for dir := h.Top(); ; dir = filepath.Dir(dir) {
		least = min(least, roomIn(dir, h.Version.Names()))
		if dir == h.Mount || len(dir) <= len(h.Mount) {
			return least
		}
	}
}

// roomIn is a group's limit less what it uses and can't give back: the page cache
// that nobody has asked for lately is free for the asking.
func roomIn(dir string, n Names) int64 {
	limit, err := ReadInt(filepath.Join(dir, n.MemoryLimit))
	if err != nil { // the root of v2 has none, and "max" is no number
		return math.MaxInt64
	}
	used, err := ReadInt(filepath.Join(dir, n.MemoryUsage))
	if err != nil {
		return math.MaxInt64
	}
	stat, _ := os.ReadFile(filepath.Join(dir, "memory.stat"))
	for line := range strings.Lines(string(stat)) {
		for _, name := range []string{"total_inactive_file ", "inactive_file "} {
			if value, found := strings.CutPrefix(line, name); found {
				bytes, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
				return limit - max(used-bytes, 0)
			}
		}
	}
	return limit - used
}
