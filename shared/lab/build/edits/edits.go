// Package edits makes wrong programs of right ones.
package edits

import (
	"fmt"
	"strings"
)

// Apply makes the edits: lines that begin with - become those with + that follow. The
// first line says why.
func Apply(source, edits string) (string, error) {
	_, edits, _ = strings.Cut(edits, "\n\n")
	for edit := range strings.SplitSeq(strings.TrimSuffix(edits, "\n"), "\n\n") {
		var before, after strings.Builder
		for line := range strings.Lines(edit + "\n") {
			if added, ok := strings.CutPrefix(line, "+"); ok {
				after.WriteString(added)
			} else {
				before.WriteString(strings.TrimPrefix(line, "-"))
			}
		}
		if strings.Count("\n"+source, "\n"+before.String()) != 1 {
			return "", fmt.Errorf("these lines are not there once:\n%s", before.String())
		}
		source = strings.Replace(source, before.String(), after.String(), 1)
	}
	return source, nil
}
