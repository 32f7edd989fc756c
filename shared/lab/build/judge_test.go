package build

import (
	"encoding/json"
	"testing"

	"mydocker.example/shared/lab"
)

// Whatever a report says, it is judged, and a verdict that is no pass names its fact.
func FuzzJudge(f *testing.F) {
	right := Run{Reported: true, Status: status, Inside: Report{Args: append([]string{"/lab/probe"}, words...), PID: 1, Processes: []int{1}}}
	seed, err := json.Marshal(Observation{Words: right, Limited: []Run{right, right}, Rooted: right, Named: right})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, "4:memory:/a\n0::/b\n")
	f.Add([]byte(`{"Limited":[{}],"Words":{"Reported":true}}`), "::::\n0:")
	f.Fuzz(func(t *testing.T, text []byte, group string) {
		groupIn(group)
		var o Observation
		if json.Unmarshal(text, &o) != nil {
			return
		}
		for stage := range Stages {
			if v := Judge(Stage(stage), o); v.Result != lab.Pass && (v.Goal == "" || v.Hint == "") {
				t.Errorf("%s: %+v", Stages[stage], v)
			}
		}
		WallsOf(o, true)
	})
}

func TestOfWhatIsStoppedNothingIsTold(t *testing.T) {
	for name, r := range map[string]Run{
		"before the report": {TimeOut: true, Stopped: true},
		"after it":          {TimeOut: true, Stopped: true, Reported: true},
	} {
		if v := Judge(Whole, Observation{Words: r}); v.Result != lab.CannotTell || v.Hint != "stopped" {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v := Judge(Whole, Observation{Words: Run{TimeOut: true, Reported: true}}); v.Result != lab.NotYet || v.Hint != "no-end" {
		t.Errorf("still running: %+v", v)
	}
}

// Nor of a try whose command was stopped later, or whose write was let go unseen.
func TestATryThatTellsNothing(t *testing.T) {
	stopped := Run{TimeOut: true, Stopped: true, Reported: true}
	for name, row := range map[string]struct {
		check func(Observation) (string, string)
		o     Observation
		hint  string
	}{
		"the signal's":                  {signalStatus, Observation{Killed: stopped}, "?stopped"},
		"a command's that is not there": {notStarted, Observation{Missing: stopped}, "?stopped"},
		"SIGTERM's":                     {goneOnTerm, Observation{Ended: stopped}, "?stopped"},
		"the root's":                    {ownRoot, Observation{Rooted: stopped}, "?stopped"},
		"the group's":                   {ownGroup, Observation{Limited: []Run{stopped}}, "?stopped"},
		"the gate's":                    {gateHolds, Observation{Limited: []Run{stopped}}, "?stopped"},
		"no end":                        {signalStatus, Observation{Killed: Run{TimeOut: true, Reported: true}}, "no-end"},
		"a restless program":            {gateHolds, Observation{Limited: []Run{{Reported: true, Held: true, Restless: true, First: "/g", Group: "/g"}}}, "?restless"},
		"one that is late":              {gateHolds, Observation{Limited: []Run{{Reported: true, Held: true, Restless: true, First: "/", Group: "/g"}}}, "gate-open"},
	} {
		if hint, saw := row.check(row.o); hint != row.hint {
			t.Errorf("%s: %q %q, want %q", name, hint, saw, row.hint)
		}
	}
}
