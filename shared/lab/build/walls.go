package build

import (
	"fmt"
	"slices"
	"strings"

	"mydocker.example/shared/lang"
)

// A Wall is something that a container can stand between its command and the host. A
// runtime that stands none of a kind may mean something else: walls are reported, not
// judged.
type Wall struct {
	ID     string    `json:"id"`
	Text   lang.Text `json:"-"`
	Stands string    `json:"stands"` // yes, no, or unknown
	Seen   string    `json:"seen,omitempty"`
}

// RootWord is the word of a runtime's command line that stands for the directory of a root
// file system.
const RootWord = "ROOT"

// WallsOf are what was seen of a runtime.
func WallsOf(o Observation, rooted bool) (list []Wall) {
	for _, kind := range []struct {
		id   string
		text lang.Text
	}{
		{"uts", lang.Text{EN: "host name", ZH: "主机名"}},
		{"pid", lang.Text{EN: "processes", ZH: "进程"}},
		{"mnt", lang.Text{EN: "mounts", ZH: "挂载"}},
		{"ipc", lang.Text{EN: "message queues", ZH: "消息队列"}},
		{"net", lang.Text{EN: "network", ZH: "网络"}},
		{"user", lang.Text{EN: "users", ZH: "用户"}},
		{"cgroup", lang.Text{EN: "view of the control groups", ZH: "看到的控制组"}},
	} {
		text := lang.Text{EN: "Its own namespace: " + kind.text.EN, ZH: "自己的命名空间：" + kind.text.ZH}
		inside, host := o.Words.Namespaces[kind.id], o.Words.Host[kind.id]
		switch {
		case inside == "" || host == "":
			list = append(list, Wall{kind.id, text, "unknown", ""})
		case inside == host:
			list = append(list, Wall{kind.id, text, "no", inside})
		default:
			list = append(list, Wall{kind.id, text, "yes", ""})
		}
	}
	for _, f := range facts {
		var hint, saw string
		switch f.id {
		case "words", "status", "signal", "pid-one", "own-proc", "host-name", "host-mounts", "no-new-privs", "inherited", "switches", "kill":
			hint, saw = f.check(o)
		case "own-group":
			f.text = lang.Text{EN: "The command is in a group of its own", ZH: "命令在自己的控制组里"}
			if o.Words.SameGroups {
				hint, saw = "no", o.Words.First
			}
		case "capabilities":
			f.text = lang.Text{EN: "Of root's capabilities none but docker's are left", ZH: "root 的权能只剩 docker 留下的那些"}
			hint, saw = o.capabilitiesBut(dockers)
		case "own-root":
			f.text = lang.Text{EN: "Of the host's file system nothing is mounted in there", ZH: "里面没有挂着宿主机的文件系统"}
			if hint, saw = reported(o.Rooted, "?not-started"); hint == "" && slices.Contains(o.Rooted.Devices, o.Rooted.HostDevice) {
				hint, saw = "no", fmt.Sprintf("the host's / (%s) is", o.Rooted.HostDevice)
			}
		case "no-way-out":
			if hint, saw = f.check(o); !rooted {
				hint, saw = "?", ""
			}
		default:
			continue // asked of a learner's program alone, by its flags
		}
		wall := Wall{f.id, f.text, "yes", ""}
		if hint != "" {
			wall.Stands, wall.Seen = "no", saw
		}
		if strings.HasPrefix(hint, "?") {
			wall.Stands = "unknown"
		}
		list = append(list, wall)
	}
	return list
}
