//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/guptarohit/asciigraph"
)

// The steps of the curve's axis are numbers that differ, whatever the limit.
func TestTheAxisHasDifferentNumbers(t *testing.T) {
	for _, limit := range []int64{4 << 20, 5 << 20, 8 << 20, 10 << 20, 100 << 20, 4<<20 + 1, 3 << 30} {
		graph := asciigraph.Plot([]float64{0, float64(limit) / (1 << 20)}, axis(limit)...)
		seen := map[string]bool{}
		for line := range strings.Lines(graph) {
			number, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if seen[number] {
				t.Errorf("limit %d: %s twice:\n%s", limit, number, graph)
				break
			}
			seen[number] = true
		}
	}
}
