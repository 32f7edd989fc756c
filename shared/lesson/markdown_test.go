package lesson

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fatih/color"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"mydocker.example/shared/host"
	"mydocker.example/shared/shell"
)

// GitHub shows a chapter as CommonMark. What the narration takes it for must be
// the same: block by block, with the lines and the styles.
func TestChaptersAreReadAsCommonMarkReadsThem(t *testing.T) {
	color.NoColor = false
	defer func() { color.NoColor = true }()
	chapters, err := filepath.Glob("../../day*/README*.md")
	if err != nil || len(chapters) != 6 {
		t.Fatalf("%d chapters, %v", len(chapters), err)
	}
	for _, name := range chapters {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, want := ours(string(source)), commonMark(source)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("%s: read as %q, by CommonMark as %q", name, got[min(i, len(got)-1)], want[min(i, len(want)-1)])
				break
			}
		}
	}
}

// The test sees a difference where the chapter leaves the plain part.
func TestMarkdownThatIsNotPlainIsFound(t *testing.T) {
	for _, source := range []string{
		"a\n\n> a quote\n", "- one\n  - two\n", "a\n===\n", "    code\n", "***\n",
		"\\*not\\* this\n", "``a`b``\n", "_a_\n", "![a](b.png)\n", "~~~\ncode\n~~~\n", "a  \nb\n",
	} {
		if slices.Equal(ours(source), commonMark([]byte(source))) {
			t.Errorf("%q is read as CommonMark reads it", source)
		}
	}
}

// ours lists a text's blocks, a string each.
func ours(source string) (found []string) {
	for _, b := range parseMarkdown(source) {
		switch b.kind {
		case code:
			found = append(found, fmt.Sprintf("%d: code %q: %s", b.line, b.info, b.text))
		case comment:
			found = append(found, fmt.Sprintf("%d: comment %s", b.line, b.text))
		case heading:
			found = append(found, fmt.Sprintf("%d: heading %s", b.line, inline(b.text)))
		case list:
			for i, item := range b.items {
				number := 0
				if b.first > 0 {
					number = b.first + i
				}
				found = append(found, fmt.Sprintf("%d: item %d %s", item.line, number, inline(item.text)))
			}
		default:
			found = append(found, fmt.Sprintf("%d: %s", b.line, inline(b.text)))
		}
	}
	return found
}

// commonMark lists them as goldmark finds them.
func commonMark(source []byte) (found []string) {
	document := goldmark.DefaultParser().Parse(text.NewReader(source))
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.FencedCodeBlock:
			info := ""
			if node.Info != nil {
				info = string(node.Info.Segment.Value(source))
			}
			found = append(found, fmt.Sprintf("%d: code %q: %s", lineOf(node, source), info, node.Lines().Value(source)))
		case *ast.HTMLBlock:
			found = append(found, fmt.Sprintf("%d: comment %s", lineOf(node, source), strings.TrimSpace(string(node.Lines().Value(source)))))
		case *ast.Heading:
			found = append(found, fmt.Sprintf("%d: heading %s", lineOf(node, source), rendered(node, source)))
		case *ast.Paragraph:
			found = append(found, fmt.Sprintf("%d: %s", lineOf(node, source), rendered(node, source)))
		case *ast.List:
			number := node.Start
			for item := node.FirstChild(); item != nil; item = item.NextSibling() {
				if item.ChildCount() != 1 {
					found = append(found, "an item of several blocks")
					continue
				}
				found = append(found, fmt.Sprintf("%d: item %d %s", lineOf(item.FirstChild(), source), number, rendered(item.FirstChild(), source)))
				if node.IsOrdered() {
					number++
				}
			}
		default:
			found = append(found, node.Kind().String())
		}
	}
	return found
}

// lineOf returns the number of the line on which a block's text begins.
func lineOf(node ast.Node, source []byte) int {
	if node.Lines().Len() == 0 {
		return 0
	}
	return 1 + bytes.Count(source[:node.Lines().At(0).Start], []byte("\n"))
}

// rendered renders what stands inside a node as inline does.
func rendered(parent ast.Node, source []byte) string {
	var out strings.Builder
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.Text:
			out.Write(node.Segment.Value(source))
			if node.HardLineBreak() {
				out.WriteString("\n")
			} else if node.SoftLineBreak() {
				after := ""
				if next, ok := node.NextSibling().(*ast.Text); ok {
					after = string(next.Segment.Value(source))
				}
				out.WriteString(blankBetween(out.String(), after))
			}
		case *ast.CodeSpan:
			words := ""
			for part := node.FirstChild(); part != nil; part = part.NextSibling() {
				words += string(part.(*ast.Text).Segment.Value(source))
			}
			out.WriteString(shell.Code.Sprint(host.Here(strings.ReplaceAll(words, "\n", " ")))) // as a built program says it
		case *ast.Emphasis:
			style := map[int]shell.Style{1: shell.Italic, 2: shell.Bold}[node.Level]
			out.WriteString(style.Sprint(rendered(node, source)))
		case *ast.Link:
			words := rendered(node, source)
			out.WriteString(words + reference(words, string(node.Destination)))
		case *ast.RawHTML:
		default:
			out.WriteString(node.Kind().String())
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(out.String()), "[x] "), "[ ] ")
}

// On the screen a link says what to open. A place further down in the same text is
// nothing that could be opened.
func TestWhereALinkLeads(t *testing.T) {
	for text, want := range map[string]string{
		"the [page](labs/one.go).":    "the page (labs/one.go).",
		"see [page](../docs/a.md)":    "see page (docs/a.md)",
		"[labs/one.go](labs/one.go)":  "labs/one.go",
		"write it [below](#build-it)": "write it below",
		"由你[亲手写](#动手)。":               "由你亲手写。",
		"见[那一页](labs/one.go)。":        "见那一页（labs/one.go）。",
	} {
		if got := inline(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
