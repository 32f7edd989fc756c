package lesson

import "mydocker.example/shared/shell"

// newScreen stands, among the lines that a lesson has shown, where the screen was
// cleared.
const newScreen = "\f"

// A view is the part of some lines that is on the screen.
type view struct {
	lines    []string
	from, to int
}

// lastOf is the last screen of some lines.
func lastOf(lines []string, rows int) view {
	return view{lines, len(lines), len(lines)}.back(rows)
}

// back is the screen before.
func (v view) back(rows int) view {
	to := v.from
	if to > 0 && v.lines[to-1] == newScreen {
		to--
	}
	from := to
	for used := 0; from > 0 && v.lines[from-1] != newScreen; from-- {
		used += shell.Rows(v.lines[from-1], terminalColumns())
		if used > rows && from < to {
			break
		}
	}
	return view{v.lines, from, to}
}

// on is the screen behind.
func (v view) on(rows int) view {
	from := v.to
	if from < len(v.lines) && v.lines[from] == newScreen {
		from++
	}
	to := from
	for used := 0; to < len(v.lines) && v.lines[to] != newScreen; to++ {
		used += shell.Rows(v.lines[to], terminalColumns())
		if used > rows && to > from {
			break
		}
	}
	return view{v.lines, from, to}
}

func (v view) first() bool { return v.from == 0 }
func (v view) last() bool  { return v.to == len(v.lines) }
