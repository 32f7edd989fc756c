package lesson

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// A Section is one step's part of a chapter's README: from the comment
// <!-- step: ID --> to the next one, or to <!-- steps end -->.
type Section struct {
	ID       string
	Line     int // of the comment
	Title    string
	Claims   []Claim   // the list items marked <!-- proof: ID -->
	Listings []Listing // blocks fenced as ```go FILE FUNCTION
	Consoles []Console // blocks fenced as ```console, ```console v1 or ```console v2

	blocks []ast.Node // what the narration prints
	source []byte
}

// A Claim is something that the step has to prove.
type Claim struct {
	ID, Text string // the text is Markdown
	node     ast.Node
}

// A Listing is a function as the chapter shows it.
type Listing struct {
	File, Func, Code string
	Line             int // of the first line of code
}

// A Console is a dialogue with the kernel as the chapter shows it.
type Console struct {
	Version string // "v1", "v2" or "" for both
	Lines   []string
	Line    int // of the first line
}

var (
	stepComment  = regexp.MustCompile(`^<!-- step: ([a-z0-9-]+) -->\s*$`)
	endComment   = regexp.MustCompile(`^<!-- steps end -->\s*$`)
	proofComment = regexp.MustCompile(`<!-- proof: ([a-z0-9-]+) -->`)
)

// Parse finds the sections of a chapter's README.
func Parse(readme []byte) ([]Section, error) {
	document := goldmark.DefaultParser().Parse(text.NewReader(readme))
	var sections []Section
	inside := false
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		if block.Kind() == ast.KindHTMLBlock {
			comment := string(block.Lines().Value(readme))
			switch {
			case stepComment.MatchString(comment):
				id := stepComment.FindStringSubmatch(comment)[1]
				sections = append(sections, Section{ID: id, Line: lineOf(block, readme), source: readme})
				inside = true
			case endComment.MatchString(comment):
				inside = false
			}
			continue
		}
		if inside {
			if err := sections[len(sections)-1].add(block); err != nil {
				return nil, err
			}
		}
	}
	return sections, nil
}

func (s *Section) add(block ast.Node) error {
	switch block := block.(type) {
	case *ast.Heading:
		if s.Title == "" {
			s.Title = plain(block, s.source)
			return nil
		}
	case *ast.List:
		if claims := findClaims(block, s.source); claims != nil {
			s.Claims = append(s.Claims, claims...)
			return nil
		}
	case *ast.FencedCodeBlock:
		code, line := string(block.Lines().Value(s.source)), lineOf(block, s.source)
		switch info := strings.Fields(infoOf(block, s.source)); {
		case len(info) == 3 && info[0] == "go":
			s.Listings = append(s.Listings, Listing{File: info[1], Func: info[2], Code: code, Line: line})
		case len(info) > 0 && info[0] == "console":
			version := strings.Join(info[1:], " ")
			if version != "" && version != "v1" && version != "v2" {
				return fmt.Errorf("line %d: ```console %s: after console comes v1, v2 or nothing", line-1, version)
			}
			lines := strings.Split(strings.TrimSuffix(code, "\n"), "\n")
			s.Consoles = append(s.Consoles, Console{Version: version, Lines: lines, Line: line})
			return nil // the step itself will show this
		}
	}
	s.blocks = append(s.blocks, block)
	return nil
}

func infoOf(block *ast.FencedCodeBlock, source []byte) string {
	if block.Info == nil {
		return ""
	}
	return string(block.Info.Segment.Value(source))
}

func findClaims(list *ast.List, source []byte) []Claim {
	var claims []Claim
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		paragraph := item.FirstChild()
		if paragraph == nil {
			continue
		}
		markdown := string(paragraph.Lines().Value(source))
		if found := proofComment.FindStringSubmatch(markdown); found != nil {
			claims = append(claims, Claim{ID: found[1], Text: markdown, node: paragraph})
		}
	}
	return claims
}

// lineOf returns the number of the line on which a block's text begins.
func lineOf(block ast.Node, source []byte) int {
	if block.Lines().Len() == 0 {
		return 0
	}
	return 1 + bytes.Count(source[:block.Lines().At(0).Start], []byte("\n"))
}
