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

// started is how every lab begins: there is one sleep with the ticket's number.
func started(p lab.Process) (v lab.Verdict, ok bool) { return p.IsThere("started", "no-sleep") }

// noSleep is the hint where nothing is done yet: where the lesson shows how to begin.
func noSleep(step string) lab.Hint {
	return lab.Hint{
		What: lang.Text{EN: "Nowhere on this machine a sleep with your number runs.", ZH: "整台机器上都没有带着你这个号码的 sleep 在运行。"},
		Look: "pgrep -afx 'sleep %d'",
		Ask:  lang.Text{EN: "Which command of the lesson's starts a program in a namespace of its own? And is it the number that the task names, and does it still sleep?", ZH: "看看课里用哪条命令，让程序在自己的命名空间里启动；再核对号码是不是任务里的那个，它是不是还在睡。"},
		Next: lang.Text{EN: "The step has a line that begins with unshare. Behind its flags stands the program that is to run in there.", ZH: "课里那一步有一行以 unshare 开头：选项后面写的，就是要在里面运行的程序。"},
		Step: step, Man: "1 unshare",
	}
}

func differs(kind string, p lab.Process) string {
	return fmt.Sprintf("PID %d: %s, here %s", p.PID, p.Namespaces[kind], p.Ours[kind])
}
