package build

import (
	"os"
	"slices"
	"testing"

	"mydocker.example/shared/lab"
)

// From a saved file to a verdict with a warm cache: as a watch has it, which keeps the
// probe, and as the first look has it.
func BenchmarkStage(b *testing.B) {
	b.Run("watch", func(b *testing.B) { benchStages(b, func() {}) })
	b.Run("check", func(b *testing.B) { benchStages(b, func() { probe = nil }) })
}

func benchStages(b *testing.B, forget func()) {
	for _, at := range []struct{ day, stage string }{
		{"day1-namespaces", "run"}, {"day1-namespaces", "namespaces"}, {"day2-cgroups", "two-lives"}, {"day2-cgroups", "limit"},
		{"day2-cgroups", "leave"}, {"day3-framework", "whole"},
	} {
		source, err := os.ReadFile("../../../" + at.day + "/labs/solutions/" + at.stage + "/container.go")
		if err != nil {
			b.Fatal(err)
		}
		file := b.TempDir() + "/container.go"
		b.Run(at.stage, func(b *testing.B) {
			for b.Loop() {
				forget()
				source = append(source, "//\n"...) // a file that is new to the cache
				if err := os.WriteFile(file, source, 0o644); err != nil {
					b.Fatal(err)
				}
				stage := Stage(slices.Index(Stages, at.stage))
				if o, err := tryFile(stage, file, 4107); err != nil || Judge(stage, o).Result != lab.Pass {
					b.Fatalf("%+v, %v", Judge(stage, o), err)
				}
			}
		})
	}
}
