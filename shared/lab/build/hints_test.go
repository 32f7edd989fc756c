package build

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mydocker.example/shared/lab"
)

// Each hint that a judgement or a wrong way names is there, points to a step that
// exists, and speaks both languages; none is left over.
func TestHints(t *testing.T) {
	source, err := os.ReadFile("judge.go")
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := filepath.Glob("../../../day*/labs/wrong/*/*")
	if err != nil || len(wrong) < 60 {
		t.Fatalf("%d wrong ways: %v", len(wrong), err)
	}
	for _, file := range wrong {
		if !slices.Contains(Stages, filepath.Base(filepath.Dir(file))) {
			continue // a lab that is done by hand
		}
		if hint, _, _ := strings.Cut(filepath.Base(file), "."); Hints()[hint].Ask.EN == "" {
			t.Errorf("%s: no hint %s", file, hint)
		}
	}
	for _, m := range regexp.MustCompile(`(?:return|reported\(r,) "\??([a-z0-9-]+[a-z0-9])"`).FindAllStringSubmatch(string(source), -1) {
		if _, there := Hints()[m[1]]; !there {
			t.Errorf("judge.go returns %s, which is no hint", m[1])
		}
	}
	for id, hint := range Hints() {
		stem := regexp.MustCompile(`-(uts|pid|mnt|ipc|net|\d+)$`).ReplaceAllString(id, "-")
		if !strings.Contains(string(source), `"`+id+`"`) && !strings.Contains(string(source), `"?`+id+`"`) && !strings.Contains(string(source), `"`+stem+`"`) {
			t.Errorf("nothing gives the hint %s", id)
		}
		day, step, _ := strings.Cut(hint.Step, " ")
		readmes, err := filepath.Glob("../../../" + day + "-*/README.md")
		if err != nil || len(readmes) != 1 {
			t.Fatalf("%s: %v", id, err)
		}
		text, err := os.ReadFile(readmes[0])
		if err != nil || !strings.Contains(string(text), "<!-- step: "+step+" -->") {
			t.Errorf("%s: %s has no step %s: %v", id, day, step, err)
		}
		if hint.Ask.EN == "" || hint.Ask.ZH == "" || hint.Man == "" {
			t.Errorf("%s: %+v", id, hint)
		}
		if page := hintsOfLabs()[id].Man; !regexp.MustCompile(`^\d [a-z_]+$`).MatchString(page) { // man's words, on an older system too
			t.Errorf("%s: man %s", id, page)
		}
	}
	if !slices.Contains(Stages, "gate") || len(Stages) != int(Whole)+1 {
		t.Errorf("%d stages: %v", len(Stages), Stages)
	}
}

// What was not seen never passes: nothing observed, no stage passes.
func TestNothingSeenDoesNotPass(t *testing.T) {
	for stage := range Stages {
		if v := Judge(Stage(stage), Observation{}); v.Result == lab.Pass {
			t.Errorf("%s passes", Stages[stage])
		}
	}
}
