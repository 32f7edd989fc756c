package build

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lang"
)

// A fact holds from its stage on.
type fact struct {
	from Stage
	id   string // of the goal in the chapter
	text lang.Text
	// check returns the hint, "" where the fact holds, and what was seen. A hint that
	// begins with a ? says that it could not be seen.
	check func(o Observation) (hint, saw string)
}

// Judge returns the verdict on what was seen at a stage.
func Judge(stage Stage, o Observation) lab.Verdict {
	for _, f := range facts {
		if f.from > stage {
			continue
		}
		if v := f.judge(o); v.Result != lab.Pass {
			return v
		}
	}
	return lab.Verdict{Result: lab.Pass}
}

func (f fact) judge(o Observation) lab.Verdict {
	hint, saw := f.check(o)
	if hint == "" {
		return lab.Verdict{Result: lab.Pass}
	}
	v := lab.Verdict{Result: lab.NotYet, Goal: f.id, Fact: f.text, Hint: hint, Seen: saw}
	if hint, blind := strings.CutPrefix(hint, "?"); blind {
		v.Result, v.Hint = lab.CannotTell, hint
	}
	return v
}

var facts = []fact{
	{Begin, "started", lang.Text{EN: "The command is started, and the program ends when it does", ZH: "命令启动了，并且程序随它一起结束"}, started},
	{Begin, "its-own", lang.Text{EN: "Its input, output and error output are the program's own", ZH: "它的标准输入、标准输出和标准错误，就是程序自己的那三个"}, standardFiles},
	{Begin, "words", lang.Text{EN: "Every word arrives as it was typed", ZH: "每个参数都原样送到"}, wholeWords},
	{Begin, "status", lang.Text{EN: "The exit status is the command's", ZH: "退出状态就是命令的退出状态"}, wholeStatus},
	{Begin, "in-path", lang.Text{EN: "A command without a directory is looked for in PATH", ZH: "命令不带目录时，到 PATH 里去找"}, foundInPath},
	{Begin, "signal", lang.Text{EN: "After signal n it is 128+n", ZH: "命令死于信号 n 时，退出状态是 128+n"}, signalStatus},
	{Begin, "not-started", lang.Text{EN: "It is 127 for a command that is not there, 126 for one that can't be executed", ZH: "没有这个命令是 127，不能执行是 126"}, notStarted},
	{Namespaces, "own-namespaces", lang.Text{EN: "The command shares none of five namespaces with the host", ZH: "命令的五种命名空间，都不与宿主机共用"}, ownNamespaces},
	{Namespaces, "root-inside", lang.Text{EN: "Inside, it is root", ZH: "在里面，它是 root"}, rootInside},
	{TwoLives, "host-name", lang.Text{EN: "The host keeps its name", ZH: "宿主机的名字没有变"}, hostKeepsName},
	{TwoLives, "own-name", lang.Text{EN: "The container has the name that --hostname gives it", ZH: "容器的名字就是 --hostname 给的"}, ownName},
	{TwoLives, "pid-one", lang.Text{EN: "The command is PID 1 in there", ZH: "在里面，命令是 1 号进程"}, pidOne},
	{OwnProc, "host-mounts", lang.Text{EN: "The host's mounts are as they were", ZH: "宿主机的挂载和原来一样"}, hostKeepsMounts},
	{OwnProc, "own-proc", lang.Text{EN: "In /proc the command sees itself alone", ZH: "在 /proc 里，命令只看得见自己"}, ownProc},
	{Words, "cmdline", lang.Text{EN: "The second life's command line tells nothing", ZH: "第二遍运行的命令行里什么也看不出来"}, nothingInCmdline},
	{Words, "closed", lang.Text{EN: "Nothing but its standard files is open in the command", ZH: "除了标准输入输出，命令里没有打开着的文件"}, nothingOpen},
	{Limit, "own-group", lang.Text{EN: "The command is in a group of its own, and the program that started it is not", ZH: "命令在自己的控制组里，启动它的程序不在"}, ownGroup},
	{Limit, "limit", lang.Text{EN: "The group's limit is what -m says", ZH: "组的上限就是 -m 说的"}, limitHolds},
	{Gate, "gate", lang.Text{EN: "Where the command begins, it is in the group already", ZH: "命令一开始就已经在组里"}, gateHolds},
	{Leave, "group-gone", lang.Text{EN: "The group goes when the command ends", ZH: "命令结束，组就消失"}, groupGone},
	{Leave, "sigterm", lang.Text{EN: "After SIGTERM too, nothing is left", ZH: "收到 SIGTERM 之后也什么都不留下"}, goneOnTerm},
	{Root, "own-root", lang.Text{EN: "With --rootfs, / is that directory and nothing else", ZH: "用了 --rootfs，/ 就是那个目录，再没有别的"}, ownRoot},
	{Root, "its-path", lang.Text{EN: "A command without a directory is looked for in the new root", ZH: "命令不带目录时，到新的根里去找"}, foundInRoot},
	{Root, "no-way-out", lang.Text{EN: "The way out of a chroot leads nowhere", ZH: "逃出 chroot 的那条路走不通"}, noWayOut},
	{Walls, "no-new-privs", lang.Text{EN: "No set-user-ID program gives anything back", ZH: "set-user-ID 程序什么也给不回来"}, noNewPrivs},
	{Walls, "capabilities", lang.Text{EN: "Of root's capabilities only those are left that most programs need", ZH: "root 的权能只剩多数程序用得着的那些"}, fewCapabilities},
	{Walls, "inherited", lang.Text{EN: "What the caller had open is closed", ZH: "调用者打开着的文件都关上了"}, inheritedClosed},
	{Walls, "switches", lang.Text{EN: "The kernel's switches in /proc can't be moved", ZH: "/proc 里内核的开关动不了"}, switchesHold},
	{Whole, "kill", lang.Text{EN: "After kill -9 of the program no process is left", ZH: "对程序 kill -9 之后，没有进程留下"}, goneOnKill},
}

// reported is the hint where a run has no report from the probe to judge.
func reported(r Run, hint string) (string, string) {
	switch {
	case r.TimeOut && r.Stopped:
		return "?stopped", "/proc/PID/status: T (stopped)"
	case r.TimeOut:
		return "no-end", fmt.Sprintf("still running after %v", r.Waited.Round(time.Second/10))
	case !r.Reported:
		return hint, strings.TrimSuffix(fmt.Sprintf("exit status %d: %s", r.Status, firstLine(r.Output)), ": ")
	}
	if r.Unseen != "" {
		return "?unreadable", r.Unseen
	}
	return "", ""
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if longest := 200; len(line) > longest {
		line = strings.ToValidUTF8(line[:longest], "") + "…"
	}
	return line
}

func started(o Observation) (hint, saw string) {
	r := o.Words
	if r.Reported && r.Early {
		return "not-waited", fmt.Sprintf("exit status %d, and the command still runs", r.Status)
	}
	if r.Reported && r.TimeOut && !r.Stopped {
		return "no-end", fmt.Sprintf("still running after %v", r.Waited.Round(time.Second/10))
	}
	if !r.Reported && strings.Contains(r.Output, "operation not permitted") {
		return "refused", firstLine(r.Output)
	}
	return reported(r, "not-started")
}

func standardFiles(o Observation) (hint, saw string) {
	for fd, other := range o.Words.Others {
		if other != "" {
			hint = []string{"no-input", "no-output", "no-output"}[fd]
			return hint, fmt.Sprintf("/proc/PID/fd/%d: %s", fd, other)
		}
	}
	return "", ""
}

func wholeWords(o Observation) (hint, saw string) {
	got := o.Words.Inside.Args
	if len(got) > 0 {
		got = got[1:]
	}
	switch {
	case slices.Equal(got, words):
		return "", ""
	case strings.Contains(strings.Join(got, "|"), "two|words"):
		return "words-joined", fmt.Sprintf("%q, not %q", got, words)
	}
	return "words-lost", fmt.Sprintf("%q, not %q", got, words)
}

func wholeStatus(o Observation) (hint, saw string) {
	saw = fmt.Sprintf("exit status %d, not %d", o.Words.Status, status)
	switch o.Words.Status {
	case status:
		return "", ""
	case 1:
		return "status-one", saw
	}
	return "status-lost", saw
}

// foundInPath judges the run whose command is a name alone.
func foundInPath(o Observation) (hint, saw string) {
	return reported(o.Killed, "not-in-path")
}

func signalStatus(o Observation) (hint, saw string) {
	r := o.Killed
	if r.TimeOut {
		return reported(r, "signal-lost")
	}
	saw = fmt.Sprintf("exit status %d, not %d", r.Status, 128+9)
	switch r.Status {
	case 128 + 9:
		return "", ""
	case 255:
		return "signal-255", saw
	case 9:
		return "signal-number", saw
	}
	return "signal-lost", saw
}

func notStarted(o Observation) (hint, saw string) {
	for _, r := range []Run{o.Missing, o.NoExec} {
		if r.TimeOut {
			return reported(r, "not-started")
		}
	}
	if o.Missing.Status != 127 {
		return "not-found-" + strconv.Itoa(o.Missing.Status), fmt.Sprintf("exit status %d, not 127", o.Missing.Status)
	}
	if o.NoExec.Status != 126 {
		return "not-executable-" + strconv.Itoa(o.NoExec.Status), fmt.Sprintf("exit status %d, not 126", o.NoExec.Status)
	}
	return "", ""
}

func ownNamespaces(o Observation) (hint, saw string) {
	for _, kind := range []string{"uts", "pid", "mnt", "ipc", "net"} {
		inside, host := o.Words.Namespaces[kind], o.Words.Host[kind]
		if inside == "" || host == "" {
			return "?unreadable", "/proc/PID/ns/" + kind
		}
		if inside == host {
			return "shared-" + kind, inside + " = " + inside
		}
	}
	return "", ""
}

func rootInside(o Observation) (hint, saw string) {
	if uid := o.Words.Inside.UID; uid != 0 {
		return "not-root-inside", fmt.Sprintf("uid %d", uid)
	}
	return "", ""
}

func hostKeepsName(o Observation) (hint, saw string) {
	if o.Words.Renamed != "" {
		return "host-renamed", o.Words.Renamed
	}
	return "", ""
}

func ownName(o Observation) (hint, saw string) {
	switch got := o.Words.Inside.Hostname; got {
	case o.Name:
		return "", ""
	case HostName:
		return "old-name", got
	default:
		return "other-name", fmt.Sprintf("%s, not %s", got, o.Name)
	}
}

func pidOne(o Observation) (hint, saw string) {
	if pid := o.Words.Inside.PID; pid != 1 {
		return "pid-two", "PID " + strconv.Itoa(pid)
	}
	return "", ""
}

func hostKeepsMounts(o Observation) (hint, saw string) {
	if new := o.Words.NewMounts; len(new) > 0 {
		return "shared-mounts", strings.Join(new, " ")
	}
	return "", ""
}

func ownProc(o Observation) (hint, saw string) {
	if seen := o.Words.Inside.Processes; !slices.Equal(seen, []int{1}) {
		return "old-proc", fmt.Sprintf("/proc: %d PIDs", len(seen))
	}
	return "", ""
}

func nothingInCmdline(o Observation) (hint, saw string) {
	if !o.Words.sawSecondLife() {
		return "?not-seen", "/proc/PID/cmdline"
	}
	for _, line := range o.Words.Cmdlines {
		parts := strings.Split(strings.TrimSuffix(line, "\x00"), "\x00")
		if !isProbe(line) && (slices.Contains(parts, words[0]) || slices.Contains(parts, o.Name)) {
			return "in-the-command-line", fmt.Sprintf("%q", parts)
		}
	}
	for _, variable := range o.Words.Inside.Environ {
		if strings.Contains(variable, words[0]) {
			return "in-the-environment", variable
		}
	}
	return "", ""
}

func nothingOpen(o Observation) (hint, saw string) {
	if open := o.Words.Inside.Files; len(open) > 0 {
		return "descriptor-left", strings.Join(open, ", ")
	}
	return "", ""
}

func ownGroup(o Observation) (hint, saw string) {
	if o.NoGroup != "" {
		return "?not-delegated", o.NoGroup
	}
	if len(o.Limited) == 0 {
		return "?no-cgroup", "-m"
	}
	r := o.Limited[0]
	if hint, saw = reported(r, "limit-refused"); hint != "" {
		return hint, saw
	}
	switch {
	case r.Group == "":
		return "?no-cgroup", "/proc/PID/cgroup"
	case r.Group == r.ProgramsGroup && r.Group != r.HostGroup:
		return "parent-added", r.Group
	case r.Group == r.HostGroup && r.ProgramsGroup != r.HostGroup:
		return "parent-added", r.ProgramsGroup
	case r.Group == r.HostGroup:
		return "not-in-a-group", r.Group
	}
	return "", ""
}

func limitHolds(o Observation) (hint, saw string) {
	for i, r := range o.Limited[:min(len(limits), len(o.Limited))] { // two, or a number of its own would do
		if hint, saw = reported(r, "limit-refused"); hint != "" {
			return hint, saw
		}
		saw = fmt.Sprintf("-m %dm: %s in %s", limits[i], r.Limit, r.Group)
		switch r.Limit {
		case strconv.Itoa(limits[i] << 20):
			continue
		case "":
			return "?unreadable", saw
		case "max", "9223372036854771712":
			return "no-limit", saw
		}
		return "other-limit", saw
	}
	return "", ""
}

func gateHolds(o Observation) (hint, saw string) {
	for i, r := range o.Limited {
		if hint, saw = reported(r, "limit-refused"); hint != "" {
			return hint, saw
		}
		first := groupIn(r.Inside.Group)
		if r.Held { // a cgroup namespace hides it from the inside
			first = r.First
		}
		if first != r.Group {
			return "gate-open", fmt.Sprintf("try %d: at its first look it was in %s", i+1, first)
		}
		if r.Restless {
			return "?restless", "the write was held, and the program neither came to rest nor started the command"
		}
	}
	return "", ""
}

func groupGone(o Observation) (hint, saw string) {
	for _, r := range o.Limited {
		if r.GroupLeft {
			return "group-left", r.Group
		}
	}
	return "", ""
}

func goneOnTerm(o Observation) (hint, saw string) {
	switch r := o.Ended; {
	case !r.Reported:
		return "?not-started", firstLine(r.Output)
	case r.TimeOut && r.Stopped:
		return reported(r, "left-on-sigterm")
	case r.TimeOut:
		return "left-on-sigterm", "still running"
	case r.ProbeLeft:
		return "left-on-sigterm", "the command still runs"
	case r.GroupLeft:
		return "left-on-sigterm", r.Group
	}
	return "", ""
}

func ownRoot(o Observation) (hint, saw string) {
	r := o.Rooted
	if hint, saw = reported(r, "host-root"); hint != "" {
		return hint, saw
	}
	for _, point := range r.Mounts {
		if point != "/" && point != "/proc" {
			return "old-root-kept", point + " is mounted in there"
		}
	}
	if !slices.Equal(r.Inside.Processes, []int{1}) {
		return "old-proc", fmt.Sprintf("/proc: %d PIDs", len(r.Inside.Processes))
	}
	return "", ""
}

// foundInRoot judges the run whose command is a name alone, of a file in the new root.
func foundInRoot(o Observation) (hint, saw string) {
	return reported(o.Named, "looked-outside")
}

func noWayOut(o Observation) (hint, saw string) {
	switch tried := o.Rooted.Inside.Escape; tried {
	case "in":
		return "", ""
	case "out":
		return "chroot", "out"
	default:
		return "?not-tried", tried
	}
}

func noNewPrivs(o Observation) (hint, saw string) {
	if seen := o.Rooted.Inside.NoNewPrivs; !slices.Equal(seen, []string{"1"}) {
		return "no-new-privs", "NoNewPrivs: " + strings.Join(seen, " ")
	}
	return "", ""
}

func fewCapabilities(o Observation) (hint, saw string) { return o.capabilitiesBut(mayStay) }

// capabilitiesBut judges what is left beside the capabilities that may stay.
func (o Observation) capabilitiesBut(mayStay uint64) (hint, saw string) {
	if len(o.Rooted.Inside.CapBnd) == 0 {
		return "?unreadable", "CapBnd"
	}
	for _, set := range o.Rooted.Inside.CapBnd {
		bits, err := strconv.ParseUint(set, 16, 64)
		saw = "CapBnd: " + set
		switch {
		case err != nil:
			return "?unreadable", saw
		case bits>>30 > mayStay>>30:
			return "all-capabilities", saw
		case bits&^mayStay != 0:
			return "capability-left", saw
		}
	}
	return "", ""
}

func inheritedClosed(o Observation) (hint, saw string) {
	if open := o.Rooted.Inside.Files; len(open) > 0 {
		return "descriptor-left", strings.Join(open, ", ")
	}
	return "", ""
}

func switchesHold(o Observation) (hint, saw string) {
	saw = "/proc/sys: " + o.Rooted.Switches
	switch o.Rooted.Switches {
	case "ro":
		return "", ""
	case "rw":
		return "proc-writable", saw
	}
	return "?unreadable", saw
}

func goneOnKill(o Observation) (hint, saw string) {
	switch r := o.Orphaned; {
	case !r.Reported:
		return "?not-started", firstLine(r.Output)
	case r.ProbeLeft:
		return "left-on-kill", "the command still runs"
	}
	return "", ""
}
