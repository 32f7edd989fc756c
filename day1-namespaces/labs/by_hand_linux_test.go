package labs

import (
	"errors"
	"testing"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/labtest"
)

func TestByHand(t *testing.T) { labtest.Hand(t, ByHand()) }

func BenchmarkVerdict(b *testing.B) { labtest.Bench(b, ByHand()) }

// What would harm the machine that the tests run on is judged from a recorded look.
func TestJudgements(t *testing.T) {
	ours := map[string]string{"uts": "uts:[1]", "mnt": "mnt:[1]", "user": "user:[1]", "pid": "pid:[1]"}
	own := map[string]string{"uts": "uts:[2]", "mnt": "mnt:[2]", "user": "user:[2]", "pid": "pid:[2]"}
	sleep := lab.Process{PID: 7, Ours: ours, Namespaces: own, NSpid: []int{7, 1}, Siblings: []int{1}}
	unread := lab.Process{PID: 7, Err: errors.New("permission denied")}
	there := []lab.Mount{{Point: "/tmp/lab-9", Type: "tmpfs"}}
	with := func(change func(*lab.Process)) lab.Process {
		p := sleep
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		got  lab.Verdict
		want lab.Result
		hint string
	}{
		"the host was renamed":    {judgeName(named{Wanted: "box-9", Here: "box-9", Sleep: sleep, Name: "box-9"}), lab.NotYet, "host-renamed"},
		"the name can't be read":  {judgeName(named{Wanted: "box-9", Here: "vm", Sleep: sleep, Err: errors.New("no nsenter")}), lab.CannotTell, ""},
		"the sleep can't be read": {judgeName(named{Wanted: "box-9", Here: "vm", Sleep: unread, Name: "box-9"}), lab.CannotTell, ""},
		"the PID can't be read":   {judgePID(unread), lab.CannotTell, ""},
		"no NSpid":                {judgePID(with(func(p *lab.Process) { p.NSpid = nil })), lab.CannotTell, ""},
		"its proc can't be read":  {judgePID(with(func(p *lab.Process) { p.Siblings = nil })), lab.CannotTell, ""},
		"two namespaces deep":     {judgePID(with(func(p *lab.Process) { p.NSpid = []int{7, 3, 1} })), lab.Pass, ""},
		"the mount has travelled": {judgeMount(mounted{"/tmp/lab-9", with(func(p *lab.Process) {
			p.Mounts = []lab.Mount{{Point: "/tmp/lab-9", Type: "tmpfs", Shared: true}}
			p.OurMounts = p.Mounts
		})}), lab.NotYet, "outside-too"},
		"mounted before":           {judgeMount(mounted{"/tmp/lab-9", with(func(p *lab.Process) { p.Mounts, p.OurMounts = there, there })}), lab.NotYet, "mounted-before"},
		"another type covers it":   {judgeMount(mounted{"/tmp/lab-9", with(func(p *lab.Process) { p.Mounts = append(there[:1:1], lab.Mount{Point: "/tmp/lab-9", Type: "proc"}) })}), lab.NotYet, "not-mounted"},
		"the mounts can't be read": {judgeMount(mounted{"/tmp/lab-9", unread}), lab.CannotTell, ""},
		"root is somebody else":    {judgeRoot(rooted{1000, with(func(p *lab.Process) { p.UIDMap = "0 1001 1" })}), lab.NotYet, "somebody-else"},
		"a map of many":            {judgeRoot(rooted{1000, with(func(p *lab.Process) { p.UIDMap = "0 1000 1 1 100000 65536" })}), lab.Pass, ""},
		"the map can't be read":    {judgeRoot(rooted{1000, unread}), lab.CannotTell, ""},
	} {
		if row.got.Result != row.want || row.got.Hint != row.hint {
			t.Errorf("%s: %+v, want %s %s", name, row.got, row.want, row.hint)
		}
	}
}
