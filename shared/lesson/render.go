package lesson

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mydocker.example/shared/host"
	"mydocker.example/shared/shell"
)

// render turns the part of a chapter that its narration prints into text for a
// terminal.
func render(blocks []block, columns int) string {
	var out []string
	for _, b := range blocks {
		switch b.kind {
		case code:
			out = append(out, renderCode(b))
		case list:
			out = append(out, renderList(b, columns))
		case heading:
			out = append(out, shell.Bold.Sprint(plain(b.text)))
		default:
			out = append(out, shell.Wrap(inline(b.text), columns, ""))
		}
	}
	return strings.Join(out, "\n\n")
}

func renderCode(b block) string {
	var out []string
	if info := strings.Fields(b.info); len(info) == 3 {
		out = append(out, "  // "+info[1])
	}
	for line := range strings.Lines(b.text) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")
		if line != "" {
			line = "  " + line
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func renderList(b block, columns int) string {
	var items []string
	for i, item := range b.items {
		mark := "- "
		if b.first > 0 {
			mark = fmt.Sprintf("%d. ", b.first+i)
		}
		items = append(items, shell.Wrap(mark+inline(item.text), columns, strings.Repeat(" ", len(mark))))
	}
	return strings.Join(items, "\n")
}

// The marks inside a block. The longer one comes first.
var marks = []struct {
	mark  string
	style shell.Style
}{{"`", shell.Code}, {"**", shell.Bold}, {"*", shell.Italic}}

// inline renders a block's text, with colours.
func inline(text string) string {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "[x] "), "[ ] ")
	var out strings.Builder
	for text != "" {
		if shown, rest, ok := markedUp(text); ok {
			out.WriteString(shown)
			text = rest
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		if r == '\n' {
			out.WriteString(blankBetween(out.String(), text))
		} else {
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String())
}

// markedUp renders what is marked at the beginning of text, and returns the
// rest of the text.
func markedUp(text string) (shown, rest string, ok bool) {
	for _, m := range marks {
		if words, rest, ok := marked(text, m.mark); ok {
			words = strings.ReplaceAll(words, "\n", " ")
			switch {
			case m.mark != "`":
				words = inline(words)
			case shell.Signs:
				words = "`" + host.Here(words) + "`"
			default:
				words = host.Here(words)
			}
			return m.style.Sprint(words), rest, true
		}
	}
	if words, to, rest, ok := linked(text); ok {
		return inline(words) + reference(words, to), rest, true
	}
	if strings.HasPrefix(text, "<!--") { // for us and not for the reader
		_, rest, ok = strings.Cut(text, "-->")
	}
	return "", rest, ok
}

// marked returns what stands between a mark, with which text begins, and the
// next one.
func marked(text, mark string) (words, rest string, ok bool) {
	text, begins := strings.CutPrefix(text, mark)
	words, rest, ends := strings.Cut(text, mark)
	return words, rest, begins && ends && words != "" && words[0] != ' '
}

// linked returns the words of the link with which text begins, and where it
// leads.
func linked(text string) (words, to, rest string, ok bool) {
	text, begins := strings.CutPrefix(text, "[")
	words, rest, isLink := strings.Cut(text, "](")
	to, rest, ends := strings.Cut(rest, ")")
	return words, to, rest, begins && isLink && ends && !strings.Contains(words, "]")
}

// reference is where a link leads, as seen from the workshop's folder, where the
// reader is. A chapter's own links are seen from the chapter's folder.
func reference(words, to string) string {
	to = strings.TrimPrefix(to, "../")
	switch last, _ := utf8.DecodeLastRuneInString(words); {
	case strings.Contains(words, to) || strings.HasPrefix(to, "#"): // a place in this text is no file to open
		return ""
	case shell.Wide(last):
		return "（" + to + "）"
	}
	return " (" + to + ")"
}

// blankBetween returns what a line break in the source stands for: a blank, or
// nothing between two Chinese characters.
func blankBetween(before, after string) string {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	if shell.Wide(last) && shell.Wide(first) {
		return ""
	}
	return " "
}

// plain returns a block's text without any style.
func plain(text string) string { return strings.NewReplacer("`", "", "*", "").Replace(text) }
