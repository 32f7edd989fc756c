package labs

import (
	"fmt"
	"os"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A rooted is what root-inside looks at.
type rooted struct {
	Learner int // UID
	Sleep   lab.Process
}

func rootInside() lab.Lab {
	return lab.New("root-inside", "user", func(ticket int) rooted { return rooted{os.Geteuid(), lab.Find(ticket)} }, judgeRoot, map[string]lab.Hint{
		"no-sleep": noSleep("user"),
		"same-user": {
			What: lang.Text{EN: "The sleep is in the machine's own user namespace: whoever is root there is root everywhere.", ZH: "sleep 在机器自己的用户命名空间里：在那里是 root，就处处是 root。"},
			Look: "readlink /proc/$(pgrep -fx 'sleep %d')/ns/user /proc/self/ns/user",
			Ask:  lang.Text{EN: "Does sudo make a namespace?", ZH: "sudo 并不新建命名空间，想想用什么来建。"},
			Next: lang.Text{EN: "In the step one flag of unshare makes the user namespace, and another maps you to root in it: unshare --help names both.", ZH: "课里那一步，unshare 的一个选项新建用户命名空间，另一个把你映射成里面的 root：unshare --help 里两个都有。"},
			Step: "user", Man: "7 user_namespaces",
		},
		"empty-map": {
			What: lang.Text{EN: "The new user namespace has no map: all IDs are unknown in there, and the sleep is 65534, nobody.", ZH: "新的用户命名空间没有映射：里面谁的 ID 都不认识，sleep 就成了 65534（nobody）。"},
			Look: "cat /proc/$(pgrep -fx 'sleep %d')/uid_map",
			Ask:  lang.Text{EN: "Who writes /proc/PID/uid_map, and what?", ZH: "/proc/PID/uid_map 由谁写，写什么？"},
			Next: lang.Text{EN: "unshare has an option that writes the map for you: look for root in unshare --help.", ZH: "unshare 有一个选项会替你写好映射：在 unshare --help 里找 root。"},
			Step: "user", Man: "7 user_namespaces",
		},
		"not-zero": {
			What: lang.Text{EN: "The map leads to another ID than 0, so nobody is root in there.", ZH: "映射到的不是 0，所以里面没有 root。"},
			Look: "cat /proc/$(pgrep -fx 'sleep %d')/uid_map",
			Ask:  lang.Text{EN: "The first number is the ID inside. Which one is root's?", ZH: "第一个数字是里面的 ID。root 的 ID 是几？"},
			Next: lang.Text{EN: "A line of uid_map is INSIDE OUTSIDE LENGTH, and it is written once only: begin a new user namespace. Root's ID is 0.", ZH: "uid_map 的一行是“里面的 ID 外面的 ID 个数”，只能写一次：要重新建一个用户命名空间。root 的 ID 是 0。"},
			Step: "user", Man: "7 user_namespaces",
		},
		"somebody-else": {
			What: lang.Text{EN: "Root in there is somebody else out here, not you.", ZH: "里面的 root 在外面是别人，不是你。"},
			Look: "cat /proc/$(pgrep -fx 'sleep %d')/uid_map; id -u",
			Ask:  lang.Text{EN: "The second number is the ID outside. Whose is it?", ZH: "第二个数字是外面的 ID。那是谁的？"},
			Next: lang.Text{EN: "The map is to say that 0 inside is you outside: the number that id -u prints in a shell of yours.", ZH: "映射要说的是：里面的 0 就是外面的你，也就是你自己的 shell 里 id -u 打印的数字。"},
			Step: "user", Man: "7 user_namespaces",
		},
	})
}

func judgeRoot(r rooted) lab.Verdict {
	if v, ok := started(r.Sleep); !ok {
		return v
	}
	if r.Sleep.Namespaces["user"] == r.Sleep.Ours["user"] {
		return lab.No("own-user", "same-user", differs("user", r.Sleep))
	}
	seen := "uid_map: " + r.Sleep.UIDMap
	var inside, outside, count int
	if _, err := fmt.Sscan(r.Sleep.UIDMap, &inside, &outside, &count); err != nil {
		return lab.No("root-in-there", "empty-map", seen)
	}
	switch {
	case inside != 0:
		return lab.No("root-in-there", "not-zero", seen)
	case outside != r.Learner:
		return lab.No("you-out-here", "somebody-else", seen)
	}
	return lab.Verdict{Result: lab.Pass, Seen: seen}
}
