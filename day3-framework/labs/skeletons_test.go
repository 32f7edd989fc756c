package labs

import (
	"os"
	"testing"
)

// Day 3 goes on where day 2 ended.
func TestDayBeginsWithTheLastOneOfDay2(t *testing.T) {
	before, err := os.ReadFile("../../day2-cgroups/labs/solutions/leave/container.go")
	if err != nil {
		t.Fatal(err)
	}
	begin, err := os.ReadFile("skeletons/root/container.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(begin) != string(before) {
		t.Error("skeletons/root is not day 2's solutions/leave")
	}
}
