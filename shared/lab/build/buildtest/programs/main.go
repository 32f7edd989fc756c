// Programs builds what buildtest tries where there is no go, or no cache for it: on the
// emulated machine, and as an ordinary user.
//
//	programs DIR [STAGE|PROGRAM...]     from the top of the checkout, into DIR; these, or all stages
//
// A program's name is STAGE.solution or STAGE.EDIT, by the edit that makes it of the
// solution.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mydocker.example/shared/lab/build/edits"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: programs DIR [STAGE|PROGRAM...]")
		os.Exit(2)
	}
	if err := build(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

func build(out string, stages []string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := goBuild(filepath.Join(out, "probe"), "mydocker.example/shared/lab/build/probe"); err != nil {
		return err
	}
	solutions, err := filepath.Glob("day*/labs/solutions/*/container.go")
	if err != nil {
		return err
	}
	for _, file := range solutions {
		stage := filepath.Base(filepath.Dir(file))
		asked := func(what string) bool {
			return len(stages) == 0 || slices.Contains(stages, stage) || slices.Contains(stages, stage+"."+what)
		}
		if !asked("solution") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := goBuild(filepath.Join(out, stage+".solution"), file); err != nil {
			return err
		}
		wrong, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "../../wrong", stage, "*"))
		if stage == "gate" { // ways to be right, too
			right, _ := filepath.Glob("shared/lab/build/buildtest/testdata/*-into-*")
			wrong = append(wrong, right...)
		}
		chosen := 0
		for _, edit := range wrong { // two of them, those that are named, and those that are wrong for a user alone
			if !asked(filepath.Base(edit)) {
				continue
			}
			text, err := os.ReadFile(edit)
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(string(text), "\n")
			named := slices.Contains(stages, stage+"."+filepath.Base(edit))
			if !named && !strings.Contains(first, "user only") {
				if chosen++; chosen > 2 {
					continue
				}
			}
			changed, err := edits.Apply(string(source), string(text))
			if err != nil {
				return fmt.Errorf("%s: %w", edit, err)
			}
			program := filepath.Join(out, stage+"."+filepath.Base(edit))
			if err := os.WriteFile(program+".go", []byte(changed), 0o644); err != nil {
				return err
			}
			err = goBuild(program, program+".go")
			os.Remove(program + ".go")
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func goBuild(program, what string) error {
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
