package shell

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A parent and its child speak at once, and no line of either is lost or mixed.
func TestOutputOfTwoPrograms(t *testing.T) {
	var shown strings.Builder
	sh := Shell{Screen: Screen{Out: &shown, Width: 78}}
	out := sh.Output()

	const programs, lines = 2, 5000
	var want []string
	var wait sync.WaitGroup
	for program := range programs {
		var says []string
		for line := range lines {
			says = append(says, fmt.Sprintf("program %d, line %d", program, line))
		}
		want = append(want, says...)
		wait.Go(func() {
			for _, line := range says {
				io.WriteString(out, line+"\n")
			}
		})
	}
	wait.Wait()

	got := strings.Split(strings.TrimSuffix(shown.String(), "\n"), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d lines, want %d, each as it was written", len(got), len(want))
	}
}
