package shell

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mattn/go-runewidth"
)

// All that the workshop writes is as wide as a library with the whole of
// Unicode's table takes it to be.
func TestWidthIsUnicodes(t *testing.T) {
	unicodes := runewidth.NewCondition()
	unicodes.EastAsianWidth = false
	texts, err := filepath.Glob("../../day*/README*.md")
	if err != nil || len(texts) != 6 {
		t.Fatalf("%d chapters, %v", len(texts), err)
	}
	for _, pattern := range []string{"../*/*.go", "../../day*/*.go", "../../docs/*.md", "../../docs/*/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(more), err)
		}
		texts = append(texts, more...)
	}
	seen := map[rune]bool{}
	for _, name := range texts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(text) {
			seen[r] = true
		}
	}
	for r := rune(0x4e00); r <= 0x9fff; r++ { // what a learner's file name may have
		seen[r] = true
	}
	for r := range seen {
		if want := unicodes.RuneWidth(r) == 2; r >= ' ' && Wide(r) != want {
			t.Errorf("%q: two columns wide is %v, want %v", r, Wide(r), want)
		}
	}
}
