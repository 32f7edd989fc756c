package lesson

import (
	"fmt"
	"strings"
	"unicode"

	"mydocker.example/shared/lang"
)

// A key is what the learner wants at a pause.
type key int

const (
	otherKey key = iota
	goOn
	goBack
	onceMore
	openShell
	showCode
	showHelp
	leave
	blankScreen
	manyKeys // keys at once: something was pasted
)

// What a terminal sends for keys that are no character: console_codes(4). Their letters
// are not to be lowered.
const (
	escape           = "\x1b"
	pageUp, pageDown = "\x1b[5~", "\x1b[6~"
	left, right      = "\x1b[D", "\x1b[C"
)

// application takes what cursor keys send in a terminal's application mode for what they
// send else.
var application = strings.NewReplacer("\x1bO", "\x1b[")

// keyOf says what was typed means: in a lesson, or where it is presented: a clicker has
// PgUp, PgDn and, to blank the screen, b or a full stop.
func (p *play) keyOf(typed string) key {
	typed = held(typed)
	if strings.HasPrefix(typed, escape) {
		typed = application.Replace(typed)
	} else {
		typed = strings.ToLower(typed)
	}
	switch typed {
	case "\n", "\r", " ", pageDown:
		return goOn
	case pageUp:
		return goBack
	case "r":
		return onceMore
	case "s":
		return openShell
	case "l":
		return showCode
	case "?", "h":
		return showHelp
	case "q", "\x04":
		return leave
	}
	switch {
	case !p.present && typed == "b", p.present && typed == left:
		return goBack
	case p.present && typed == right:
		return goOn
	case p.present && (typed == "b" || typed == "."):
		return blankScreen
	case len([]rune(typed)) > 1 && !strings.HasPrefix(typed, escape):
		return manyKeys
	}
	return otherKey
}

// held takes a key that is held down for one.
func held(typed string) string {
	for n := 1; n <= len(typed)/2; n++ {
		if len(typed)%n == 0 && strings.Repeat(typed[:n], len(typed)/n) == typed {
			return typed[:n]
		}
	}
	return typed
}

// noKey says that what was typed is none of the keys. What a terminal sends for a key
// that is no character says nothing to who has pressed it.
func noKey(typed string) lang.Text {
	if strings.ContainsFunc(typed, unicode.IsControl) {
		return lang.Text{EN: "That is none of the keys; nothing was done.", ZH: "没有这个键；什么也没做。"}
	}
	return lang.Text{
		EN: fmt.Sprintf("%q is none of the keys; nothing was done.", typed),
		ZH: fmt.Sprintf("没有 %q 这个键；什么也没做。", typed),
	}
}

// prompt is the line in which the keys are shown.
func (p *play) prompt() lang.Text {
	if p.present {
		return lang.Text{EN: "Space on  PgUp back  b blank  r again  q quit  ? help > ", ZH: "空格 往下  PgUp 往回  b 黑屏  r 重做  q 结束  ? 帮助 > "}
	}
	return lang.Text{EN: "Enter on  b back  r again  s shell  l code  q quit  ? help > ", ZH: "回车 往下  b 往回  r 重做  s shell  l 代码  q 结束  ? 帮助 > "}
}

var keysHelp = lang.Text{
	EN: `Enter, Space, PgDn: on
b, PgUp: back one screen; Enter comes forward again
r: this step again, after its traces have been taken back
s: a shell where the lesson is, in its namespaces and its directory; exit comes back
l: the code of this step, with file and line
q, Ctrl-D: clean up and end
A step's number or ID, behind its title, is for --from and --only: %s`,
	ZH: `回车、空格、PgDn：往下
b、PgUp：往回一屏；回车再往前
r：这一步重做一遍，先收回它留下的东西
s：在课程所处的命名空间和目录里开一个 shell，exit 就回来
l：这一步的代码，带文件名和行号
q、Ctrl-D：清理并结束
标题前的序号、标题后的 ID，可以用在 --from 和 --only 后面：%s`,
}

var presentersHelp = lang.Text{
	EN: `Space, Enter, PgDn, →: on
PgUp, ←: back one screen; Space comes forward again
b or a full stop: blank the screen; any key brings it back
r: this step again, after its traces have been taken back
s: a shell where the lesson is; exit comes back
l: the code of this step, with file and line
q, Ctrl-D: clean up and end`,
	ZH: `空格、回车、PgDn、→：往下
PgUp、←：往回一屏；空格再往前
b 或句点：黑屏，按任意键恢复
r：这一步重做一遍，先收回它留下的东西
s：在课程所处的地方开一个 shell，exit 就回来
l：这一步的代码，带文件名和行号
q、Ctrl-D：清理并结束`,
}
