package shell

import (
	"strings"
	"unicode"
)

// Chinese punctuation that may not begin, or end, a line.
const (
	notFirst = "，。、；：？！）》」』】”’…—％·,.;:?!)"
	notLast  = "（《「『【“‘("
)

// Wrap breaks text into lines of at most columns, with indent before all but
// the first. English breaks at blanks, Chinese between characters. Colour
// sequences take no room, a newline in the text stays, and a word that is
// wider than the line is left whole, so that it can be copied.
func Wrap(text string, columns int, indent string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapLine(line, columns, indent)...)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, columns int, indent string) (lines []string) {
	current, used, chinese := "", 0, strings.ContainsFunc(line, Wide)
	for _, word := range breakable(line) {
		if w := width(strings.TrimRight(word, " "), chinese); used > 0 && used+w > columns {
			lines = append(lines, strings.TrimRight(current, " "))
			current, used = indent, width(indent, chinese)
			word = strings.TrimLeft(word, " ")
		}
		current += word
		used += width(word, chinese)
	}
	return append(lines, current)
}

// breakable cuts a line into the pieces between which it may be broken.
func breakable(line string) []string {
	var pieces []string
	var piece strings.Builder
	before, escape := ' ', false
	for _, r := range line {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = !unicode.IsLetter(r)
			piece.WriteRune(r)
			continue
		case mayBreak(before, r):
			pieces = append(pieces, piece.String())
			piece.Reset()
		}
		piece.WriteRune(r)
		if !escape {
			before = r
		}
	}
	return append(pieces, piece.String())
}

func mayBreak(before, r rune) bool {
	if before == ' ' {
		return r != ' '
	}
	return (Wide(before) || Wide(r)) && !strings.ContainsRune(notFirst, r) && !strings.ContainsRune(notLast, before) && r != ' '
}

// wrapCommand breaks a command that is wider than so many columns, where a shell reads
// it as the same: behind a backslash at a blank, or, in quotes, behind the end of one of
// the commands of a script. What can't be broken so is left as it is.
func wrapCommand(line string, columns int) string {
	const indent = "    "
	if width(line, false) <= columns {
		return line
	}
	var out strings.Builder
	used, start := 0, 0 // columns on this row; where the piece begins that is not put yet
	put := func(piece, broken string) {
		switch {
		case used > 0 && used+width(piece, false)+len(" \\") > columns:
			out.WriteString(broken + "\n" + indent)
			used = len(indent)
		case used > 0:
			out.WriteString(" ")
			used++
		}
		out.WriteString(piece)
		used += width(piece, false)
	}
	quote, broken := rune(0), ""
	for i, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"') && !strings.HasSuffix(line[:i], `\`):
			quote = r
		case r == ' ' && quote == 0 && !strings.HasSuffix(line[:i], `\`):
			put(line[start:i], broken)
			start, broken = i+1, ` \`
		case r == ' ' && quote == '\'' && strings.Contains(line[:i], "sh -c '") && endsCommand(line[:i]):
			put(line[start:i], broken)
			start, broken = i+1, ""
		}
	}
	put(line[start:], broken)
	return out.String()
}

// endsCommand reports whether a line break may follow in a script.
func endsCommand(script string) bool {
	for _, end := range []string{";", "&&", "||", " |"} {
		if strings.HasSuffix(script, end) && !strings.HasSuffix(script, ";;") {
			return true
		}
	}
	return false
}
