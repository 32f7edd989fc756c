// Package labs has day 1's labs, one file each: what is looked at, how it is judged,
// and what is said of each wrong way. Their texts are in the chapter's READMEs.
package labs

import (
	"fmt"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// ByHand are the labs by hand, in the order in which they are to be done.
func ByHand() []lab.Lab { return []lab.Lab{ownName(), pidOne(), privateMount(), rootInside()} }

// started is how every lab begins: there is one sleep with the ticket's number, and
// it could be read.
func started(p lab.Process) (v lab.Verdict, ok bool) {
	switch {
	case p.PID == 0:
		return lab.No("started", "no-sleep", "/proc/*/cmdline"), false
	case p.Err != nil:
		return lab.Blind("started", p.Err), false
	}
	return v, true
}

var noSleep = lab.Hint{
	What: lang.Text{EN: "Nowhere on this machine a sleep with your number runs.", ZH: "整台机器上都没有带着你这个号码的 sleep 在运行。"},
	Look: "pgrep -afx 'sleep %d'",
	Ask:  lang.Text{EN: "Is it the number that the task names, and does it still sleep?", ZH: "是任务里的那个号码吗？它还在睡吗？"},
	Step: "what-is-a-namespace", Man: "1 sleep",
}

func differs(kind string, p lab.Process) string {
	return fmt.Sprintf("PID %d: %s, here %s", p.PID, p.Namespaces[kind], p.Ours[kind])
}
