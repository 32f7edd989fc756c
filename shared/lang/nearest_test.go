package lang

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"memory", "memory-swap", "cpus", "cpuset-cpus", "name", "env", "list", "auto", "doctor", "clean", "run"}
	for word, want := range map[string]string{
		"memroy": "memory", "memory-swp": "memory-swap", "cpu": "cpus", "CPUS": "cpus", "lst": "list", "lsit": "list",
		"docter": "doctor", "doc": "doctor", "rum": "run", "au": "auto",
		"": "", "x": "", "volume": "", "publish": "", "exec": "", "内存": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
