package labs

import (
	"errors"
	"strings"
	"testing"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/labtest"
)

func TestByHand(t *testing.T) { labtest.Hand(t, ByHand(), mounts(t)...) }

func BenchmarkVerdict(b *testing.B) {
	for _, variable := range mounts(b) {
		name, value, _ := strings.Cut(variable, "=")
		b.Setenv(name, value)
	}
	labtest.Bench(b, ByHand())
}

// mounts are where the controllers are, for the scripts.
func mounts(t testing.TB) (env []string) {
	for name, controller := range map[string]string{"M": "memory", "P": "pids", "C": "cpu"} {
		h, err := cgroup.Find(controller)
		if err != nil {
			t.Skip(err)
		}
		env = append(env, name+"="+h.Mount)
	}
	return env
}

// What this machine can't be made to do is judged from a recorded look.
func TestJudgements(t *testing.T) {
	unread := lab.Group{Err: errors.New("permission denied")}
	memory := func(files ...string) limited {
		g := lab.Group{Dir: "/sys/fs/cgroup/lab-9", Files: map[string]string{}}
		for i := 0; i < len(files); i += 2 {
			g.Files[files[i]] = files[i+1]
		}
		return limited{Group: g, Version: cgroup.V2}
	}
	for name, row := range map[string]struct {
		got  lab.Verdict
		want lab.Result
		hint string
	}{
		"the group can't be read":         {judgeMemory(limited{Group: unread, Version: cgroup.V2}), lab.CannotTell, ""},
		"pids can't be read":              {judgeBounds(bounded{Pids: unread}), lab.CannotTell, ""},
		"the move can't be read":          {judgeMove(moved{Group: unread}), lab.CannotTell, ""},
		"the sleep's group can't be read": {judgeMove(moved{Group: lab.Group{Dir: "/x"}, Sleep: lab.Process{PID: 7}, Err: errors.New("gone")}), lab.CannotTell, ""},
		"v2 without the controller":       {judgeMemory(memory()), lab.NotYet, "no-controller"},
		"v2 without a limit":              {judgeMemory(memory("memory.max", "max")), lab.NotYet, "no-limit"},
		"the unit":                        {judgeMemory(memory("memory.max", "31997952")), lab.NotYet, "unit"},
		"zero":                            {judgeMemory(memory("memory.max", "0")), lab.NotYet, "unit"},
		"killed":                          {judgeMemory(memory("memory.max", "33554432", "memory.events", "low 0\noom 1\noom_kill 1")), lab.Pass, ""},
		"oom without a kill":              {judgeMemory(memory("memory.max", "33554432", "memory.events", "oom 1\noom_kill 0", "memory.peak", "33554432")), lab.NotYet, "not-killed"},
		"an old kernel without a peak":    {judgeMemory(memory("memory.max", "33554432", "memory.events", "oom_kill 0", "memory.current", "0")), lab.NotYet, "nobody-in"},
	} {
		if row.got.Result != row.want || row.got.Hint != row.hint {
			t.Errorf("%s: %+v, want %s %s", name, row.got, row.want, row.hint)
		}
	}
}

// While the load runs there is no news; a kill is.
func TestALoadThatRunsIsNoNews(t *testing.T) {
	l := limited{Version: cgroup.V2, AtWork: true, Group: lab.Group{Dir: "/x", Files: map[string]string{
		"memory.max": "33554432", "memory.events": "oom_kill 0", "memory.peak": "20000000",
	}}}
	if v := judgeMemory(l); !v.Early || v.Hint != "not-killed" {
		t.Errorf("%+v", v)
	}
	l.AtWork = false
	if v := judgeMemory(l); v.Early {
		t.Errorf("nobody is at work: %+v", v)
	}
	l.AtWork, l.Group.Files["memory.events"] = true, "oom_kill 1"
	if v := judgeMemory(l); v.Early || v.Result != lab.Pass {
		t.Errorf("%+v", v)
	}
}
