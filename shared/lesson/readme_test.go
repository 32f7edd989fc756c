package lesson

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseTakesCRLF(t *testing.T) {
	const text = "<!-- step: one -->\n## One\n\n- It is. <!-- proof: is -->\n\n```go a.go f\nfunc f() {\n}\n```\n<!-- steps end -->\n"
	want, err := Parse([]byte(text))
	if err != nil || len(want) != 1 {
		t.Fatal(want, err)
	}
	if got, err := Parse([]byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
