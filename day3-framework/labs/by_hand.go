package labs

import (
	"fmt"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// ByHand are the labs by hand, in the order in which they are to be done.
func ByHand() []lab.Lab { return []lab.Lab{enter(), whichWall()} }

// running is how both begin: the container that the lab has started is there.
func running(p lab.Process) (v lab.Verdict, ok bool) { return p.IsThere("running", "no-box") }

func noBox(command string) lab.Hint {
	return lab.Hint{
		What: lang.Text{EN: "The lab's container is not running: it runs as long as the lab is open.", ZH: "练习的容器没有在运行：练习开着的时候它才在。"},
		Look: "pgrep -afx '" + command + "'",
		Ask:  lang.Text{EN: "Is the lab open, here or in another terminal, and with the same number?", ZH: "确认练习开着（在这里或另一个终端），号码也一样。"},
		Next: lang.Text{EN: "It is started with the lab's shell and ends with it: begin the lab again, and stay in its shell. The task names the number.", ZH: "它随练习的 shell 启动，也随它结束：重新打开练习，留在它的 shell 里做。号码写在任务里。"},
		Step: "namespaces", Man: "1 sleep",
	}
}

// theSame lists the kinds of namespace that a process shares with another.
func theSame(one, other map[string]string) (kinds []string) {
	for _, kind := range lab.Kinds {
		if one[kind] != "" && one[kind] == other[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// boxNumber is what the container of a lab sleeps, where the learner's own sleep has
// the ticket.
func boxNumber(ticket int) int { return 70000 + ticket }

func boxName(ticket int) string { return fmt.Sprintf("box-%d", ticket) }
