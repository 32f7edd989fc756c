package cgroup

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"testing"
)

func TestSharesAndWeightMeetAtEndsAndDefault(t *testing.T) {
	for shares, want := range map[int64]int64{1: 1, 2: 1, 1024: 100, 262144: 10000, 1 << 30: 10000} {
		if got := Weight(shares); got != want {
			t.Errorf("Weight(%d) = %d, want %d", shares, got, want)
		}
	}
	for shares := int64(3); shares <= 262144; shares++ {
		if Weight(shares) < Weight(shares-1) {
			t.Fatalf("Weight(%d) is below Weight(%d)", shares, shares-1)
		}
	}
}

func TestListsAsCpusetWritesThem(t *testing.T) {
	for list, want := range map[string][]int{"0": {0}, "0-2": {0, 1, 2}, "3,0-1": {0, 1, 3}, "1,1": {1}} {
		if got, err := ParseList(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseList(%q) = %v, %v, want %v", list, got, err, want)
		}
	}
	for _, list := range []string{"", "a", "1-", "-1", "2-1", "0,", "0 1", "99999999"} {
		if got, err := ParseList(list); err == nil {
			t.Errorf("ParseList(%q) = %v, want an error", list, got)
		}
	}
}

func TestNumbersOfCPUs(t *testing.T) {
	if got, err := ParseCPUs("0.5"); err != nil || got != 0.5 {
		t.Errorf("ParseCPUs(0.5) = %v, %v", got, err)
	}
	for _, text := range []string{"", "0", "-1", "half", "NaN", "100000"} {
		if got, err := ParseCPUs(text); err == nil {
			t.Errorf("ParseCPUs(%q) = %v, want an error", text, got)
		}
	}
}

// A caller who may run on one CPU may give a group all that the machine has.
func TestCPUsAreTheMachines(t *testing.T) {
	if os.Getenv("CGROUP_TEST_CPUS") != "" {
		if runtime.NumCPU() != 1 {
			t.Fatal("taskset did not work")
		}
		if _, err := ParseCPUs(os.Getenv("CGROUP_TEST_CPUS")); err != nil {
			t.Error(err)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onOne := exec.Command("sh", "-c", `taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "$0" -test.run '^TestCPUsAreTheMachines$'`, self)
	if _, err := exec.LookPath("taskset"); err != nil {
		t.Skip(err)
	}
	onOne.Env = append(os.Environ(), "CGROUP_TEST_CPUS="+strconv.Itoa(CPUs()))
	if out, err := onOne.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
