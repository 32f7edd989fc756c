package shell

import (
	"strings"
	"unicode"
)

// wide are the characters that take two columns, those of W and F in Unicode's
// EastAsianWidth.txt that a text here may have: Chinese, Japanese and Korean
// ones, their punctuation, and most pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul Jamo
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1}, // radicals, punctuation
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1}, // kana to Yi, with the common ideographs
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, // Hangul
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, // more ideographs
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, // small and vertical punctuation
		{Lo: 0xff01, Hi: 0xff60, Stride: 1}, // full-width ASCII
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1}, // full-width signs
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, // pictures
		{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1}, // rare ideographs
	},
}

// inChineseWide takes one column beside English words; many terminals give it
// two where the text is Chinese.
const inChineseWide = "“”‘’…—·→"

// Wide reports whether a character takes two columns in every terminal.
func Wide(r rune) bool { return unicode.Is(wide, r) }

// width returns how many columns text takes, alone or in Chinese text, without
// its colour sequences.
func width(text string, chinese bool) int {
	total, escape := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = !unicode.IsLetter(r)
		case Wide(r) || chinese && strings.ContainsRune(inChineseWide, r):
			total += 2
		default:
			total++
		}
	}
	return total
}

// Rows returns how many rows of a terminal a line takes. It takes one too many rather
// than one too few: a tab may be eight columns, and a wide character may leave the
// last column of a row empty.
func Rows(line string, columns int) int {
	if _, after, redrawn := strings.Cut(line, "\r"); redrawn {
		line = after
	}
	chinese := strings.ContainsFunc(line, Wide)
	if chinese && columns > 1 {
		columns--
	}
	used := width(strings.ReplaceAll(line, "\t", "        "), chinese)
	return max(1, (used+columns-1)/max(columns, 1))
}
