package load

import (
	"testing"
	"time"
)

func TestMemoryTakesItsTime(t *testing.T) {
	begin := time.Now()
	if got := len(Memory(8<<20, 200*time.Millisecond)); got != 8<<20 {
		t.Errorf("took %d bytes", got)
	}
	if took := time.Since(begin); took < 150*time.Millisecond {
		t.Errorf("took it in %v, want it evenly over 200ms", took)
	}
}

func TestBadUsageIsRefused(t *testing.T) {
	for _, args := range [][]string{{"--vm-bytes", "banana"}, {"--vm-bytes", "99999999p"}, {"--nonsense"}, {"--cpu", "fast"}} {
		if status := Main(args); status != 2 {
			t.Errorf("load %q: exit status %d, want 2", args, status)
		}
	}
}
