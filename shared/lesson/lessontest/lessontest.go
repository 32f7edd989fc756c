// Package lessontest checks that a chapter's two texts, its code, and what a
// run of it shows are one and the same.
package lessontest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// Texts checks the READMEs in the current directory, a chapter's: that both
// languages have the same steps, claims, listings and console blocks, that each
// listing is the function of that name, letter for letter, and that what they
// link to is there. Each finding names the file and the line.
func Texts(t *testing.T) {
	english, chinese := sections(t, lang.English), sections(t, lang.Chinese)
	for i := range max(len(english), len(chinese)) {
		if i >= len(english) || i >= len(chinese) {
			t.Fatalf("README.md has %d steps, README.zh-CN.md %d", len(english), len(chinese))
		}
		same(t, english[i], chinese[i])
		if english[i].Note == "" {
			t.Errorf("README.md:%d: step %s has no note for the speaker", english[i].Line, english[i].ID)
		}
	}
	compareLabs(t)
	for _, l := range []lang.Language{lang.English, lang.Chinese} {
		for _, s := range sections(t, l) {
			for _, listing := range s.Listings {
				checkListing(t, lesson.ReadmeName(l), listing)
			}
		}
		links(t, lesson.ReadmeName(l))
	}
	Punctuation(t, lesson.ReadmeName(lang.Chinese))
}

func sections(t *testing.T, l lang.Language) []lesson.Section {
	t.Helper()
	name := lesson.ReadmeName(l)
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := lesson.Parse(readme)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list
}

// compareLabs compares the labs in both languages: their minutes, goals and code.
func compareLabs(t *testing.T) {
	t.Helper()
	english, chinese := labs(t, lang.English), labs(t, lang.Chinese)
	if len(english) != len(chinese) {
		t.Fatalf("README.md has %d labs, README.zh-CN.md %d", len(english), len(chinese))
	}
	for i, en := range english {
		zh := chinese[i]
		same(t, en, zh)
		where := fmt.Sprintf("README.md:%d and README.zh-CN.md:%d", en.Line, zh.Line)
		if en.Minutes != zh.Minutes || en.Core != zh.Core {
			t.Errorf("%s: the minutes differ", where)
		}
		compare(t, where+": goals", goals(en), goals(zh))
		if len(en.Goals) == 0 {
			t.Errorf("%s: lab %s has no goal", where, en.ID)
		}
	}
}

func labs(t *testing.T, l lang.Language) []lesson.Section {
	t.Helper()
	list, err := lesson.ParseLabs([]byte(strings.Join(lines(t, lesson.ReadmeName(l)), "\n")))
	if err != nil {
		t.Fatalf("%s: %v", lesson.ReadmeName(l), err)
	}
	return list
}

func goals(s lesson.Section) (list []string) {
	for _, g := range s.Goals {
		list = append(list, g.ID)
	}
	return list
}

// same compares a section in both languages.
func same(t *testing.T, en, zh lesson.Section) {
	t.Helper()
	where := fmt.Sprintf("README.md:%d and README.zh-CN.md:%d", en.Line, zh.Line)
	if en.ID != zh.ID {
		t.Errorf("%s: step %q here, %q there", where, en.ID, zh.ID)
		return
	}
	if en.Title == "" || zh.Title == "" {
		t.Errorf("%s: step %s has no heading", where, en.ID)
	}
	if en.Minutes != zh.Minutes || (en.Note == "") != (zh.Note == "") {
		t.Errorf("%s: the speaker's notes differ", where)
	}
	compare(t, where+": claims", claims(en), claims(zh))
	compare(t, where+": questions, with the number of choices", questions(t, en), questions(t, zh))
	compare(t, where+": listings", listings(en), listings(zh))
	compare(t, where+": console blocks", consoles(en), consoles(zh))
}

func compare(t *testing.T, what string, en, zh []string) {
	t.Helper()
	if !slices.Equal(en, zh) {
		t.Errorf("%s differ:\nEnglish %q\nChinese %q", what, en, zh)
	}
}

func claims(s lesson.Section) (list []string) {
	for _, c := range s.Claims {
		list = append(list, c.ID)
	}
	return list
}

func questions(t *testing.T, s lesson.Section) (list []string) {
	t.Helper()
	for _, q := range s.Questions {
		if q.Text == "" || q.Why == "" {
			t.Errorf("question %s of step %s lacks its words, or the answer", q.ID, s.ID)
		}
		list = append(list, fmt.Sprintf("%s %d", q.ID, len(q.Choices)))
	}
	return list
}

func listings(s lesson.Section) (list []string) {
	for _, l := range s.Listings {
		list = append(list, l.File+" "+l.Func+"\n"+l.Code)
	}
	return list
}

func consoles(s lesson.Section) (list []string) {
	for _, c := range s.Consoles {
		list = append(list, c.Version+"\n"+strings.Join(c.Lines, "\n"))
	}
	return list
}

// widest is how long a line of a listing may be, in columns: the narration
// shows it indented in a terminal of 80.
const widest = 78

// checkListing compares a listing with the function in the source.
func checkListing(t *testing.T, readme string, l lesson.Listing) {
	t.Helper()
	source, err := os.ReadFile(l.File)
	if err != nil {
		t.Errorf("%s:%d: %v", readme, l.Line, err)
		return
	}
	for i, line := range strings.Split(strings.ReplaceAll(l.Code, "\t", "    "), "\n") {
		if len([]rune(line)) > widest {
			t.Errorf("%s:%d: a line of a listing is wider than %d columns: %s", readme, l.Line+i, widest, line)
		}
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, l.File, source, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%s:%d: %v", readme, l.Line, err)
		return
	}
	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != l.Func {
			continue
		}
		text := string(source[files.Position(function.Pos()).Offset:files.Position(function.End()).Offset]) + "\n"
		if text != l.Code {
			t.Errorf("%s:%d: the listing is not %s of %s:%d, which is:\n%s", readme, l.Line, l.Func, l.File, files.Position(function.Pos()).Line, text)
		}
		return
	}
	t.Errorf("%s:%d: %s has no function %s", readme, l.Line, l.File, l.Func)
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// links checks that the files to which a text links exist.
func links(t *testing.T, name string) {
	t.Helper()
	for number, line := range lines(t, name) {
		for _, found := range link.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), found[1])); err != nil {
				t.Errorf("%s:%d: a link to %s: %v", name, number+1, found[1], err)
			}
		}
	}
}

func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// Punctuation checks that in a Chinese text no Chinese character has a
// half-width comma, semicolon, colon, question or exclamation mark behind it.
func Punctuation(t *testing.T, name string) {
	t.Helper()
	fenced := false
	for number, line := range lines(t, name) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		before := ' '
		for _, r := range line {
			if !fenced && unicode.Is(unicode.Han, before) && strings.ContainsRune(",;:?!", r) {
				t.Errorf("%s:%d: half-width %q after %q", name, number+1, r, before)
			}
			before = r
		}
	}
}

// Console checks what a whole run of the lesson showed, with --plain and 80
// columns, against the console blocks for a cgroup version: in each step the
// same commands in the same order, and after each command the lines that the
// block has, in that order. "…" stands for any text, on a line of its own for
// any lines. The run may show more lines than the block. A command with a
// comment that begins with "if" is done only on some machines. A line that
// begins with "# " is for the reader alone. A step that says that it is skipped
// is not compared, nor are those that are excepted.
func Console(t *testing.T, run, version string, except ...string) {
	t.Helper()
	steps := splitRun(run)
	list := sections(t, lang.English)
	for i, s := range list {
		if i >= len(steps) {
			t.Errorf("README.md:%d: the run ended before step %s", s.Line, s.ID)
			return
		}
		var blocks []lesson.Console
		for _, c := range s.Consoles {
			if c.Version == "" || c.Version == version {
				blocks = append(blocks, c)
			}
		}
		skipped := slices.ContainsFunc(steps[i], func(line string) bool { return strings.HasPrefix(line, "skipped: ") })
		if !skipped && !slices.Contains(except, s.ID) {
			checkStep(t, s, blocks, steps[i])
		}
	}
}

var ifComment = regexp.MustCompile(`   # if .*$`)

var stepHeading = regexp.MustCompile(`^\[\d+/\d+\] `)

// splitRun cuts a run's output into its steps.
func splitRun(run string) [][]string {
	var steps [][]string
	for line := range strings.SplitSeq(run, "\n") {
		if stepHeading.MatchString(line) {
			steps = append(steps, nil)
		} else if len(steps) > 0 {
			steps[len(steps)-1] = append(steps[len(steps)-1], line)
		}
	}
	return steps
}

func checkStep(t *testing.T, s lesson.Section, blocks []lesson.Console, shown []string) {
	t.Helper()
	next := 0        // the first line of shown that is not matched yet
	leftOut := false // an optional command, with its answer
	for _, block := range blocks {
		for i, want := range block.Lines {
			want, optional := strings.CutSuffix(want, ifComment.FindString(want))
			optional = optional && ifComment.MatchString(block.Lines[i])
			if isCommand(want) {
				leftOut = optional && !isNextCommand(shown[next:], want)
			}
			if leftOut || strings.TrimSpace(want) == "…" || strings.HasPrefix(want, "# ") {
				continue
			}
			found := slices.IndexFunc(shown[next:], pattern(want).MatchString)
			command := slices.IndexFunc(shown[next:], isCommand)
			if found < 0 || command >= 0 && command < found {
				t.Errorf("README.md:%d: step %s: the run does not show this line here:\n%s\nbut:\n%s",
					block.Line+i, s.ID, want, strings.Join(shown[next:min(next+5, len(shown))], "\n"))
				return
			}
			next += found + 1
		}
	}
	if extra := slices.IndexFunc(shown[next:], isCommand); extra >= 0 {
		t.Errorf("README.md:%d: step %s: the run also does this, which no block has:\n%s", s.Line, s.ID, shown[next+extra])
	}
}

// isNextCommand reports whether the next command shown is the one wanted.
func isNextCommand(shown []string, want string) bool {
	i := slices.IndexFunc(shown, isCommand)
	return i >= 0 && pattern(want).MatchString(shown[i])
}

func isCommand(line string) bool { return strings.HasPrefix(line, "$ ") }

// pattern matches a line in which "…" stands for any text. A chapter says once what
// everybody but root adds to unshare.
func pattern(line string) *regexp.Regexp {
	parts := strings.Split(strings.TrimRight(line, " "), "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	text := strings.Join(parts, ".*")
	if command, unshare := strings.CutPrefix(text, `\$ unshare --`); unshare {
		text = `\$ unshare( --map-root-user)? --` + command
	}
	return regexp.MustCompile("^" + text + `\s*$`)
}
