package lesson

import (
	"strconv"
	"strings"
)

// A chapter keeps to a plain part of Markdown, so that this file is all that it
// takes to read one: headings, paragraphs, flat lists, fenced code, and comments
// that stand alone. A test compares what is found here with what a parser of the
// whole of CommonMark finds.

// A block is a part of a text with nothing but blank lines around it.
type block struct {
	kind  kind
	line  int     // of its first line, from 1; of code, of the first line inside the fence
	text  string  // without the block's own marks; its lines are as they are in the source
	info  string  // of code: what stands behind the fence
	items []block // of a list
	first int     // of an ordered list: the first item's number; else 0
}

type kind int

const (
	paragraph kind = iota // also an item of a list
	heading
	list
	code
	comment // or HTML that folds an answer
)

// What folds an answer on GitHub.
const folded, unfolded = "<details>", "</details>"

// parseMarkdown cuts a text into its blocks.
func parseMarkdown(text string) []block {
	var blocks []block
	var open *block // a paragraph or an item: the next line of words belongs to it
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		item, number, isItem := listItem(line)
		switch {
		case line == "":
			open = nil
		case strings.HasPrefix(line, "```"):
			b := block{kind: code, line: i + 2, info: line[3:]}
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				b.text += lines[i] + "\n"
			}
			blocks, open = append(blocks, b), nil
		case strings.HasPrefix(line, "#"):
			words := strings.TrimLeft(line, "# ")
			blocks, open = append(blocks, block{kind: heading, line: i + 1, text: words}), nil
		case isItem:
			last := len(blocks) - 1
			if last < 0 || blocks[last].kind != list || (blocks[last].first == 0) != (number == 0) {
				blocks = append(blocks, block{kind: list, line: i + 1, first: number})
				last++
			}
			blocks[last].items = append(blocks[last].items, block{line: i + 1, text: item})
			open = &blocks[last].items[len(blocks[last].items)-1]
		case open != nil:
			open.text += "\n" + line
		case strings.HasPrefix(line, "<!--") || strings.HasPrefix(line, folded) || line == unfolded:
			blocks = append(blocks, block{kind: comment, line: i + 1, text: line})
		default:
			blocks = append(blocks, block{line: i + 1, text: line})
			open = &blocks[len(blocks)-1]
		}
	}
	return blocks
}

// listItem returns the words of a list's item, and its number where it has one.
func listItem(line string) (words string, number int, ok bool) {
	if words, ok = strings.CutPrefix(line, "- "); ok {
		return words, 0, true
	}
	digits, words, found := strings.Cut(line, ". ")
	number, err := strconv.Atoi(digits)
	return words, number, found && err == nil
}
