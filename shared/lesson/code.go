package lesson

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// asLong is how many lines of a listing are shown unasked: with a sentence above, it
// is on one screen.
const asLong = 14

// shortened leaves of long listings the beginning: l shows the whole.
func (p *play) shortened(blocks []block) (short []block) {
	for _, b := range blocks {
		lines := strings.SplitAfter(strings.TrimSuffix(b.text, "\n"), "\n")
		if info := strings.Fields(b.info); b.kind == code && len(info) == 3 && len(lines) > asLong {
			more := lang.Text{EN: "… and %d lines more: l", ZH: "……还有 %d 行：按 l"}.In(p.lang)
			b.info = "go " + placed(p.Name, info[1], b.text) + " " + info[2]
			b.text = strings.Join(lines[:asLong-2], "") + fmt.Sprintf(more, len(lines)-asLong+2) + "\n"
		}
		short = append(short, b)
	}
	return short
}

// codeOf returns the code of a step: what its text shows, and the function that does
// it, from its first screen on.
func (p *play) codeOf(i int) view {
	var parts []string
	for _, l := range p.sections[i].Listings {
		parts = append(parts, source(p.Name, l.File, l.Code)+"\n\n"+strings.ReplaceAll(l.Code, "\t", "    "))
	}
	if do := p.Steps[i].Do; do != nil {
		parts = append(parts, p.method(do))
	}
	if parts == nil {
		parts = []string{lang.Text{EN: "This step has no code.", ZH: "这一步没有代码。"}.In(p.lang)}
	}
	return view{lines: strings.Split(strings.Join(parts, "\n"), "\n")}.on(terminalRows() - 1)
}

// source is the heading of some code: file and line.
func source(chapter, file, text string) string {
	return shell.Bold.Sprint(filepath.Join(chapter, placed(chapter, file, text)))
}

// placed is a file with the line on which some code begins, as far as the file is here.
func placed(chapter, file, text string) string {
	whole, err := os.ReadFile(filepath.Join(host.Folder(chapter), file))
	before, _, found := strings.Cut(string(whole), text)
	if err != nil || !found {
		return file
	}
	return fmt.Sprintf("%s:%d", file, strings.Count(before, "\n")+1)
}

// method returns the method that does a step, from the chapter's files: Go names it
// PACKAGE.(*TYPE).NAME-fm.
func (p *play) method(do func(*shell.Shell)) string {
	name := runtime.FuncForPC(reflect.ValueOf(do).Pointer()).Name()
	name = strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm")
	files, _ := filepath.Glob(filepath.Join(host.Folder(p.Name), "*.go"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		_, begin, found := strings.Cut(string(text), ") "+name+"(sh *shell.Shell) {\n")
		if err != nil || !found {
			continue
		}
		body, _, _ := strings.Cut(begin, "\n}\n")
		before := strings.TrimSuffix(string(text), begin)
		head := before[strings.LastIndex(before, "func ("):]
		whole := head + body + "\n}\n"
		return source(p.Name, filepath.Base(file), whole) + "\n\n" + strings.ReplaceAll(whole, "\t", "    ")
	}
	return lang.Text{
		EN: "The function " + name + " does it, in the folder " + p.Name + " of the workshop.",
		ZH: "做这件事的是函数 " + name + "，在 workshop 的 " + p.Name + " 目录里。",
	}.In(p.lang)
}
