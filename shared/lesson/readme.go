package lesson

import (
	"fmt"
	"strings"
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

	Questions []Question
	Note      string // the speaker's, from the comment <!-- note: MINUTES min. WORDS -->

	Minutes int     // of a lab, or of a step in class
	Core    bool    // a lab that everybody should do
	Goals   []Claim // of a lab: the list items marked <!-- goal: ID -->

	blocks []block // what the narration prints
	open   int     // what is being read: narration, question, answer
}

// A Question stands behind the comment <!-- question: ID -->, with a list of choices
// perhaps; its answer is folded in <details>. All is Markdown.
type Question struct {
	ID, Text string
	Choices  []string
	Why      string
}

// What Section.open may be.
const (
	narration = iota
	question
	answer
)

// A Claim is something that the step has to prove. Its text is Markdown.
type Claim struct{ ID, Text string }

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

// Parse finds the sections of a chapter's README. A checkout by git on Windows
// may end its lines with CR LF.
func Parse(readme []byte) ([]Section, error) {
	var sections []Section
	inside := false
	for _, b := range parseMarkdown(strings.ReplaceAll(string(readme), "\r\n", "\n")) {
		id, begins := commented(b.text, "step")
		switch {
		case b.kind == comment && begins:
			sections = append(sections, Section{ID: id, Line: b.line})
			inside = true
		case b.kind == comment && b.text == "<!-- steps end -->":
			inside = false
		case inside:
			if err := sections[len(sections)-1].add(b); err != nil {
				return nil, err
			}
		}
	}
	return sections, nil
}

// ParseLabs finds the labs of a chapter's README: from the comment
// <!-- lab: ID minutes=N core --> to the next one, or to <!-- labs end -->.
func ParseLabs(readme []byte) ([]Section, error) {
	var labs []Section
	inside := false
	for _, b := range parseMarkdown(string(readme)) {
		words, begins := commented(b.text, "lab")
		switch {
		case b.kind == comment && begins:
			s := Section{Line: b.line}
			if _, err := fmt.Sscanf(words, "%s minutes=%d", &s.ID, &s.Minutes); err != nil || s.Minutes < 1 {
				return nil, fmt.Errorf("line %d: <!-- lab: %s -->: it is ID minutes=N, and perhaps core", b.line, words)
			}
			s.Core = strings.HasSuffix(words, " core")
			labs, inside = append(labs, s), true
		case b.kind == comment && b.text == "<!-- labs end -->":
			inside = false
		case b.kind != comment && inside:
			if err := labs[len(labs)-1].add(b); err != nil {
				return nil, err
			}
		}
	}
	return labs, nil
}

// Text renders a lab's words for a terminal, without its title and goals.
func (s Section) Text(columns int) string { return render(s.blocks, columns) }

// Words renders one sentence of Markdown for a terminal.
func Words(text string) string { return inline(text) }

// commented returns the ID in a text's comment <!-- WHAT: ID -->.
func commented(text, what string) (id string, found bool) {
	_, rest, found := strings.Cut(text, "<!-- "+what+": ")
	id, _, closed := strings.Cut(rest, " -->")
	return id, found && closed
}

func (s *Section) add(b block) error {
	if b.kind == comment {
		return s.mark(b)
	}
	if s.open != narration {
		s.Questions[len(s.Questions)-1].add(s.open, b)
		return nil
	}
	switch info := strings.Fields(b.info); {
	case b.kind == heading && s.Title == "":
		s.Title = plain(b.text)
		return nil
	case b.kind == list:
		claims, goals := find(b, "proof"), find(b, "goal")
		s.Claims, s.Goals = append(s.Claims, claims...), append(s.Goals, goals...)
		if claims != nil || goals != nil {
			return nil
		}
	case b.kind == code && len(info) == 3 && info[0] == "go":
		s.Listings = append(s.Listings, Listing{File: info[1], Func: info[2], Code: b.text, Line: b.line})
	case b.kind == code && len(info) > 0 && info[0] == "console":
		version := strings.Join(info[1:], " ")
		if version != "" && version != "v1" && version != "v2" {
			return fmt.Errorf("line %d: ```console %s: after console comes v1, v2 or nothing", b.line-1, version)
		}
		lines := strings.Split(strings.TrimSuffix(b.text, "\n"), "\n")
		s.Consoles = append(s.Consoles, Console{Version: version, Lines: lines, Line: b.line})
		return nil // the step itself will show this
	}
	s.blocks = append(s.blocks, b)
	return nil
}

// mark takes what GitHub's reader does not see.
func (s *Section) mark(b block) error {
	id, asks := commented(b.text, "question")
	note, notes := commented(b.text, "note")
	switch {
	case asks:
		s.Questions = append(s.Questions, Question{ID: id})
		s.open = question
	case strings.HasPrefix(b.text, folded) && s.open == question:
		s.open = answer
	case b.text == unfolded && s.open == answer:
		s.open = narration
	case strings.HasPrefix(b.text, folded) || b.text == unfolded:
		return fmt.Errorf("line %d: %s: it folds the answer of a question", b.line, b.text)
	case notes:
		_, words, found := strings.Cut(note, " min. ")
		if _, err := fmt.Sscanf(note, "%d min.", &s.Minutes); err != nil || !found {
			return fmt.Errorf("line %d: %s: it is MINUTES min. WORDS", b.line, b.text)
		}
		s.Note = words
	}
	return nil
}

func (q *Question) add(open int, b block) {
	switch {
	case open == answer:
		q.Why = strings.TrimSpace(q.Why + "\n" + b.text)
	case b.kind == list:
		for _, item := range b.items {
			q.Choices = append(q.Choices, item.text)
		}
	default:
		q.Text = strings.TrimSpace(q.Text + "\n" + b.text)
	}
}

// find returns a list's items that are marked <!-- WHAT: ID -->.
func find(list block, what string) []Claim {
	var claims []Claim
	for _, item := range list.items {
		if id, found := commented(item.text, what); found {
			claims = append(claims, Claim{ID: id, Text: item.text})
		}
	}
	return claims
}
