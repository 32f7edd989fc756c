package lessontest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mydocker.example/shared/cgroup"
)

const docs = "../../../docs"

// What is not a chapter is in both languages too, file by file and heading by
// heading.
func TestDocsAreInBothLanguages(t *testing.T) {
	pairs := [][2]string{{"../../../README.md", docs + "/zh-CN/README.md"}}
	english, err := filepath.Glob(docs + "/*.md")
	if err != nil || len(english) == 0 {
		t.Fatalf("no documents in %s: %v", docs, err)
	}
	for _, name := range english {
		pairs = append(pairs, [2]string{name, docs + "/zh-CN/" + filepath.Base(name)})
	}
	chinese, err := filepath.Glob(docs + "/zh-CN/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(chinese) != len(pairs) {
		t.Errorf("%d English texts, %d Chinese ones", len(pairs), len(chinese))
	}
	for _, pair := range pairs {
		for _, mark := range []string{"#", "|", "- ", "```"} {
			if en, zh := count(t, pair[0], mark), count(t, pair[1], mark); en != zh {
				t.Errorf("%s has %d lines that begin with %q, %s has %d", pair[0], en, mark, pair[1], zh)
			}
		}
		links(t, pair[0])
		links(t, pair[1])
		Punctuation(t, pair[1])
	}
}

func count(t *testing.T, name, prefix string) (n int) {
	t.Helper()
	for _, line := range lines(t, name) {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// The table of both versions' names is the one that the code goes by.
func TestTheTableOfNamesIsTheCodes(t *testing.T) {
	for _, name := range []string{docs + "/cgroup-v1-v2.md", docs + "/zh-CN/cgroup-v1-v2.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range cgroup.V1V2() {
			row := regexp.MustCompile("(?m)^\\|[^|]*\\| `" + regexp.QuoteMeta(pair[0]) + "`[^|]*\\| `" + regexp.QuoteMeta(pair[1]) + "`")
			if !row.Match(text) {
				t.Errorf("%s has no row for %s and %s", name, pair[0], pair[1])
			}
		}
	}
}
