//go:build linux

package main

import (
	"testing"

	. "mydocker.example/shared/lesson/lessontest"
)

func TestMain(m *testing.M) { Main(m, main) }

// ours is a word that all names of this chapter's groups have in them.
const ours = "cgroup-demo"

func look(t *testing.T) Machine {
	t.Helper()
	return Look(t, ours)
}

func wantUnchanged(t *testing.T, before Machine) {
	t.Helper()
	WantUnchanged(t, before, ours)
}
