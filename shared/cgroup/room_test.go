package cgroup

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestRoom(t *testing.T) {
	for _, test := range []struct {
		name                string
		version             Version
		limit, usage, stats string
		want                int64
	}{
		{"v2", V2, "1000\n", "600\n", "anon 100\ninactive_file 300\n", 700},
		{"v2, no limit", V2, "max\n", "600\n", "", math.MaxInt64},
		{"the root of v2", V2, "", "", "anon 1\n", math.MaxInt64},
		{"v1", V1, "1000\n", "600\n", "cache 3\ntotal_inactive_file 50\n", 450},
		{"all of it is used", V1, "1000\n", "1000\n", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, n := t.TempDir(), test.version.Names()
			for file, content := range map[string]string{n.MemoryLimit: test.limit, n.MemoryUsage: test.usage, "memory.stat": test.stats} {
				if content == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := roomIn(dir, n); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}
