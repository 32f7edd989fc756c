package labs

import (
	"os"
	"testing"
)

// Day 2 goes on where day 1 ended.
func TestDayBeginsWithTheLastOneOfDay1(t *testing.T) {
	before, err := os.ReadFile("../../day1-namespaces/labs/solutions/namespaces/container.go")
	if err != nil {
		t.Fatal(err)
	}
	begin, err := os.ReadFile("skeletons/two-lives/container.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(begin) != string(before) {
		t.Error("skeletons/two-lives is not day 1's solutions/namespaces")
	}
}
