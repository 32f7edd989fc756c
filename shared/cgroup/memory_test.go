package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mydocker.example/shared/lang"
)

func TestParseMemory(t *testing.T) {
	for size, want := range map[string]int64{
		"100m": 100 << 20, "100M": 100 << 20, "100mb": 100 << 20, "100MiB": 100 << 20,
		"1g": 1 << 30, "0.5g": 512 << 20, "4m": 4 << 20, "4194304": 4 << 20, "4096k": 4 << 20, "4 MiB": 4 << 20, "3g": 3 << 30, "1024p": 1 << 60,
	} {
		if got, err := ParseMemory(size); err != nil || got != want {
			t.Errorf("ParseMemory(%q) = %d, %v, want %d", size, got, err, want)
		}
	}
	for size, cure := range map[string]string{
		"":          "write a number and a unit",
		"banana":    "write a number and a unit",
		"100x":      "write a number and a unit",
		"-1":        "write a number and a unit",
		"1m;rm":     "write a number and a unit",
		"0":         "use 4m or more",
		"4194303":   "use 4m or more",
		"4095k":     "use 4m or more",
		"99999999p": "write a number and a unit",

		// What no int64 holds, however a processor converts it.
		"9223372036854775808":  "write a number and a unit",
		"18446744073709551616": "write a number and a unit",
		"18446744073713745920": "write a number and a unit",
		"16384p":               "write a number and a unit",
		"1025 PiB":             "write a number and a unit",
		"1e30m":                "write a number and a unit",
		"Inf ":                 "write a number and a unit",
		"nan m":                "write a number and a unit",
	} {
		_, err := ParseMemory(size)
		if err == nil {
			t.Errorf("ParseMemory(%q) finds nothing wrong", size)
			continue
		}
		if _, got := lang.Explain(err, lang.English); !strings.Contains(got, cure) {
			t.Errorf("ParseMemory(%q): the cure is %q, want %q", size, got, cure)
		}
	}
}

func FuzzParseMemory(f *testing.F) {
	for _, seed := range []string{"100m", "1.5g", "4194304", "-1", "1e9g", "NaN", "Infm", " 1 g ", "9223372036854775807b", "一百m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, size string) {
		if bytes, err := ParseMemory(size); err == nil && bytes < MinMemory {
			t.Errorf("ParseMemory(%q) = %d, below the least", size, bytes)
		}
	})
}

// A kernel without swap accounting has no file for the limit.
func TestSwapThatCannotBeLimited(t *testing.T) {
	dir := t.TempDir()
	memory := []string{"memory"}
	g := &Group{dirs: []groupDir{{Hierarchy{Version: V1, Controllers: memory}, dir, memory}}}
	if err := os.WriteFile(filepath.Join(dir, V1.Names().MemoryLimit), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := g.LimitMemoryAndSwap(8<<20, 8<<20)
	if on := SwapIsOn(); errors.Is(err, ErrNoSwapAccount) != on || (err == nil) == on {
		t.Errorf("an explicit limit: %v; swap is on: %t", err, on)
	}
	for _, limit := range []Limits{{Memory: 8 << 20}, {Memory: 8 << 20, MemorySwap: Unlimited}} {
		if err := limit.Apply(g); err != nil {
			t.Errorf("%v: %v", limit, err)
		}
	}
	if err := g.LimitMemory(8 << 20); err != nil {
		t.Error(err)
	}
}

func TestOOMKillsAreReadFromTheirLine(t *testing.T) {
	for text, want := range map[string]int{
		"oom_kill_disable 0\nunder_oom 0\noom_kill 3\n":                3, // v1 memory.oom_control
		"low 0\nhigh 0\nmax 27\noom 1\noom_kill 1\noom_group_kill 0\n": 1, // v2 memory.events
		"low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n":                    0,
	} {
		if got, err := oomKills(text); err != nil || got != want {
			t.Errorf("oomKills(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	if _, err := oomKills("oom_kill_disable 0\nunder_oom 0\n"); err == nil {
		t.Error("a kernel that does not count kills is said to have none")
	}
}
