//go:build linux

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/guptarohit/asciigraph"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// watch reads a file with a number of bytes again and again until done is
// closed, and draws it as it grows towards limit. It returns what it read.
func watch(sh *shell.Shell, file string, limit int64, done <-chan struct{}) []int64 {
	const pause = 10 * time.Millisecond
	sh.Did("while sleep 0.01; do cat " + file + "; done" + sh.Article(file)) // and no waiting: the load runs already
	var readings []int64
	begin := time.Now()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for running := true; running; {
		bytes, err := cgroup.ReadInt(filepath.Join(sh.Dir(), file))
		sh.Must(err)
		readings = append(readings, bytes)
		if sh.Redraw {
			fmt.Fprint(sh.Out, "\r\x1b[K"+bar(bytes, limit, sh.Width))
		}
		select {
		case <-tick.C:
		case <-done:
			running = false
		case <-sh.Context().Done():
			running = false
		}
	}
	if sh.Redraw {
		fmt.Fprint(sh.Out, "\r\x1b[K")
	}
	sh.GoOn()
	curve(sh, readings, limit, time.Since(begin))
	return readings
}

// bar draws one reading on a line of its own, of ASCII: what is one column
// wide here is two in some Chinese terminals.
func bar(bytes, limit int64, width int) string {
	numbers := fmt.Sprintf("%s / %s", size(bytes), size(limit))
	columns := max(min(width-len("[] ")-len(numbers)-1, 40), 1) // a line that wraps can't be redrawn
	full := int(min(max(bytes*int64(columns)/limit, 0), int64(columns)))
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", columns-full) + "] " + numbers
}

func size(bytes int64) string {
	return units.CustomSize("%.1f %s", float64(bytes), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB"})
}

// axis has eight steps up to limit, in MiB. They have a digit behind the point
// where they are small and not whole: 4 MiB would read 4 4 3 2 2 2 1 0 0.
func axis(limit int64) []asciigraph.Option {
	const steps, mib = 8, 1 << 20
	digits := uint(1)
	if step := limit / steps; step >= 10*mib || step%mib == 0 {
		digits = 0
	}
	return []asciigraph.Option{
		asciigraph.Height(steps), asciigraph.Precision(digits),
		asciigraph.LowerBound(0), asciigraph.UpperBound(float64(limit) / mib),
	}
}

// curve draws the readings over time.
func curve(sh *shell.Shell, readings []int64, limit int64, took time.Duration) {
	const mib = 1 << 20
	points := []float64{0}
	for _, bytes := range readings {
		points = append(points, float64(bytes)/mib)
	}
	columns := max(min(sh.Width-12, 60), 10)
	options := append(axis(limit),
		asciigraph.Width(columns),
		asciigraph.Caption(fmt.Sprintf("MiB, %.2f s", took.Seconds())),
	)
	graph := asciigraph.Plot(points, options...)
	if sh.Plain || sh.Lang == lang.Chinese {
		// Box-drawing characters are two columns wide in some Chinese terminals.
		graph = strings.NewReplacer("┤", "|", "┼", "+", "─", "-", "│", "|", "╭", ".", "╮", ".", "╯", "'", "╰", "'", "╶", "-", "╴", "-").Replace(graph)
	}
	sh.Answer(graph)
}
