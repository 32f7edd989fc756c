package labs

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/labtest"
)

func TestByHand(t *testing.T) { labtest.Hand(t, ByHand()) }

func BenchmarkVerdict(b *testing.B) { labtest.Bench(b, ByHand()) }

// Each wall can be drawn, and is found by looking.
func TestEveryWallIsFound(t *testing.T) {
	l := whichWall()
	for i, wall := range walls {
		t.Run(wall, func(t *testing.T) {
			ticket := 9000 + 8*(os.Getpid()%100) + i
			labtest.Begin(t, l, ticket)
			cmd := exec.Command("sh", "solutions/which-wall.sh")
			cmd.Env = append(os.Environ(), "T="+strconv.Itoa(ticket))
			out, err := cmd.Output()
			if err != nil || strings.TrimSpace(string(out)) != wall {
				t.Errorf("looked, and found %q, %v", out, err)
			}
			for _, answer := range walls {
				v := l.Answer(ticket, answer)
				if (v.Result == lab.Pass) != (answer == wall) {
					t.Errorf("%s: %+v", answer, v)
				}
			}
		})
	}
}

// What can't be seen here is judged from a recorded look.
func TestJudgements(t *testing.T) {
	ours := map[string]string{"uts": "uts:[1]", "pid": "pid:[1]", "mnt": "mnt:[1]", "user": "user:[1]"}
	its := map[string]string{"uts": "uts:[2]", "pid": "pid:[2]", "mnt": "mnt:[2]", "user": "user:[1]"}
	box := lab.Process{PID: 7, Ours: ours, Namespaces: its, CapBnd: "0000000000000000", NoNewPrivs: "1"}
	unread := lab.Process{PID: 8, Err: errors.New("permission denied")}
	in := func(namespaces map[string]string) lab.Process {
		return lab.Process{PID: 9, Ours: ours, Namespaces: namespaces}
	}
	with := func(change func(*lab.Process)) lab.Process {
		p := box
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		got  lab.Verdict
		want lab.Result
		hint string
	}{
		"no container":              {judgeEntered(entered{}), lab.NotYet, "no-box"},
		"the container's unread":    {judgeEntered(entered{Box: unread}), lab.CannotTell, ""},
		"the sleep is unread":       {judgeEntered(entered{Box: box, Sleep: unread}), lab.CannotTell, ""},
		"in":                        {judgeEntered(entered{Box: box, Sleep: in(its)}), lab.Pass, ""},
		"outside":                   {judgeEntered(entered{Box: box, Sleep: in(ours)}), lab.NotYet, "outside"},
		"in one":                    {judgeEntered(entered{Box: box, Sleep: in(map[string]string{"uts": "uts:[2]", "pid": "pid:[1]", "mnt": "mnt:[1]", "user": "user:[1]"})}), lab.NotYet, "some-left"},
		"in all but another user's": {judgeEntered(entered{Box: box, Sleep: in(map[string]string{"uts": "uts:[2]", "pid": "pid:[2]", "mnt": "mnt:[2]", "user": "user:[3]"})}), lab.NotYet, "some-left"},
		"elsewhere":                 {judgeEntered(entered{Box: box, Sleep: in(map[string]string{"uts": "uts:[3]", "pid": "pid:[3]", "mnt": "mnt:[3]", "user": "user:[1]"})}), lab.NotYet, "another-box"},
		"nothing said":              {judgeGuess(guess{Box: with(func(p *lab.Process) { p.NoNewPrivs = "0" })}), lab.NotYet, "no-answer"},
		"right":                     {judgeGuess(guess{with(func(p *lab.Process) { p.NoNewPrivs = "0" }), "no-new-privs"}), lab.Pass, ""},
		"wrong":                     {judgeGuess(guess{with(func(p *lab.Process) { p.NoNewPrivs = "0" }), "uts"}), lab.NotYet, "uts-stands"},
		"one capability is enough":  {judgeGuess(guess{with(func(p *lab.Process) { p.CapBnd = "0000000000000001" }), "capabilities"}), lab.Pass, ""},
		"none is missing":           {judgeGuess(guess{box, "uts"}), lab.CannotTell, ""},
		"two are missing":           {judgeGuess(guess{with(func(p *lab.Process) { p.NoNewPrivs, p.CapBnd = "0", "1" }), "capabilities"}), lab.CannotTell, ""},
		"the walls can't be read":   {judgeGuess(guess{unread, "uts"}), lab.CannotTell, ""},
	} {
		if row.got.Result != row.want || row.got.Hint != row.hint {
			t.Errorf("%s: %+v, want %s %s", name, row.got, row.want, row.hint)
		}
	}
}
