package lesson

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark/ast"

	"mydocker.example/shared/shell"
)

// render turns the part of a chapter that its narration prints into text for a
// terminal.
func render(blocks []ast.Node, source []byte, columns int) string {
	var out strings.Builder
	for _, block := range blocks {
		out.WriteString(renderBlock(block, source, columns))
		out.WriteString("\n\n")
	}
	return strings.TrimRight(out.String(), "\n")
}

func renderBlock(block ast.Node, source []byte, columns int) string {
	switch block := block.(type) {
	case *ast.FencedCodeBlock:
		return renderCode(block, source)
	case *ast.List:
		return renderList(block, source, columns)
	case *ast.Blockquote:
		inner := render(children(block), source, columns-2)
		return "> " + strings.ReplaceAll(inner, "\n", "\n> ")
	case *ast.Heading:
		return shell.Bold.Sprint(inline(block, source))
	}
	return shell.Wrap(inline(block, source), columns, "")
}

func renderCode(block *ast.FencedCodeBlock, source []byte) string {
	var out []string
	if info := strings.Fields(infoOf(block, source)); len(info) == 3 {
		out = append(out, "  "+shell.Faint.Sprint("// "+info[1]))
	}
	for line := range strings.Lines(string(block.Lines().Value(source))) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")
		if line != "" {
			line = "  " + shell.Code.Sprint(line)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func renderList(list *ast.List, source []byte, columns int) string {
	var items []string
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if list.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		indent := strings.Repeat(" ", len(mark))
		var parts []string
		for _, child := range children(item) {
			switch child.Kind() {
			case ast.KindList, ast.KindFencedCodeBlock:
				nested := renderBlock(child, source, columns-len(mark))
				parts = append(parts, strings.ReplaceAll(nested, "\n", "\n"+indent))
			default:
				parts = append(parts, shell.Wrap(inline(child, source), columns-len(mark), indent))
			}
		}
		items = append(items, mark+strings.Join(parts, "\n"+indent))
	}
	return strings.Join(items, "\n")
}

func children(parent ast.Node) []ast.Node {
	var list []ast.Node
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		list = append(list, child)
	}
	return list
}

// inline renders what stands inside a block, with colours.
func inline(parent ast.Node, source []byte) string {
	var out strings.Builder
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			out.Write(child.Segment.Value(source))
			if child.HardLineBreak() {
				out.WriteString("\n")
			} else if child.SoftLineBreak() {
				out.WriteString(blankBetween(out.String(), child.NextSibling(), source))
			}
		case *ast.String:
			out.Write(child.Value)
		case *ast.CodeSpan:
			out.WriteString(shell.Code.Sprint(plain(child, source)))
		case *ast.Emphasis:
			style := shell.Italic
			if child.Level == 2 {
				style = shell.Bold
			}
			out.WriteString(style.Sprint(inline(child, source)))
		case *ast.Link:
			text := inline(child, source)
			out.WriteString(text)
			if destination := string(child.Destination); !strings.Contains(text, destination) {
				out.WriteString(shell.Faint.Sprint(" <" + destination + ">"))
			}
		case *ast.AutoLink:
			out.Write(child.URL(source))
		case *ast.RawHTML: // a comment, for us and not for the reader
		default:
			out.WriteString(inline(child, source))
		}
	}
	return strings.TrimPrefix(strings.TrimSpace(out.String()), "[x] ")
}

// blankBetween returns what a line break in the source stands for: a blank, or
// nothing between two Chinese characters.
func blankBetween(before string, next ast.Node, source []byte) string {
	runes := []rune(before)
	text, ok := next.(*ast.Text)
	if !ok || len(runes) == 0 {
		return " "
	}
	after := []rune(string(text.Segment.Value(source)))
	if len(after) > 0 && runewidth.RuneWidth(runes[len(runes)-1]) == 2 && runewidth.RuneWidth(after[0]) == 2 {
		return ""
	}
	return " "
}

// plain returns the text inside a node without any style.
func plain(parent ast.Node, source []byte) string {
	var out strings.Builder
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		if text, ok := child.(*ast.Text); ok {
			out.Write(text.Segment.Value(source))
		} else {
			out.WriteString(plain(child, source))
		}
	}
	return out.String()
}
