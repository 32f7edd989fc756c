package lessontest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "mydocker.example/"

// TestRooms reads every import of the workspace: arrows point one way. A chapter
// imports shared/ and no other chapter, shared/ knows no chapter; in day 3,
// outside and inside import between and never each other, and between neither;
// what shared/ has for every program knows nothing of lessons and labs.
func TestRooms(t *testing.T) {
	const root = "../../.."
	seen := map[string]int{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			to, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(to, module)
			if !ours {
				continue
			}
			seen[room(from)]++
			if why := forbidden(filepath.ToSlash(from), to); why != "" {
				t.Errorf("%s imports %s: %s", name, to, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"day1-namespaces", "day2-cgroups", "day3-framework", "day3-framework/outside", "day3-framework/inside", "day3-framework/between", "shared/lesson"} {
		if seen[want] == 0 {
			t.Errorf("no import of ours was seen in %s", want)
		}
	}
}

// TestLightStart holds what every start of mydocker pays for twice: a package sets
// its variables up before main, on the host and again as init.
func TestLightStart(t *testing.T) {
	if err := exec.Command("go", "list", "-deps", "fmt").Run(); err != nil {
		t.Skip("go knows what is in it, and does not work for this user: ", err)
	}
	out, err := exec.Command("go", "list", "-deps", module+"day3-framework").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"day3-framework/inside") {
		t.Fatalf("these are not mydocker's: %v", deps)
	}
	for _, heavy := range []string{"regexp", "net/http", "text/template", "go/ast"} {
		if slices.Contains(deps, heavy) {
			t.Errorf("mydocker has %s in it", heavy)
		}
	}
}

// TestForbiddenArrows has each arrow that must not be, and its neighbours that may.
func TestForbiddenArrows(t *testing.T) {
	for _, arrow := range []struct {
		from, to string
		may      bool
	}{
		{"day1-namespaces", "shared/shell", true},
		{"day1-namespaces", "day2-cgroups", false},
		{"day2-cgroups/labs", "day1-namespaces/labs", false},
		{"day2-cgroups", "day2-cgroups/labs", true},
		{"shared/lesson", "day3-framework", false},
		{"shared/lesson/lessontest", "day3-framework/between", false},
		{"day3-framework/outside", "day3-framework/inside", false},
		{"day3-framework/inside", "day3-framework/outside", false},
		{"day3-framework/outside", "day3-framework/between", true},
		{"day3-framework/inside", "day3-framework/between", true},
		{"day3-framework/between", "day3-framework/inside", false},
		{"day3-framework/between", "day3-framework/outside", false},
		{"day3-framework/between", "shared/lang", true},
		{"day3-framework", "day3-framework/inside", true},
		{"shared/cgroup", "shared/lesson", false},
		{"shared/load", "shared/shell", false},
		{"shared/host", "shared/lab", false},
		{"shared/host", "shared/cgroup", true},
		{"shared/lesson", "shared/shell", true},
	} {
		if why := forbidden(arrow.from, arrow.to); (why == "") != arrow.may {
			t.Errorf("%s to %s: %q", arrow.from, arrow.to, why)
		}
	}
}

// forbidden says why a package must not import another, or "".
func forbidden(from, to string) string {
	fromDay, toDay := first(from), first(to)
	const day3 = "day3-framework/"
	switch {
	case fromDay == "shared" && toDay != "shared":
		return "shared/ knows no chapter"
	case toDay != "shared" && toDay != fromDay:
		return "a chapter imports no other"
	case room(from) == day3+"outside" && room(to) == day3+"inside",
		room(from) == day3+"inside" && room(to) == day3+"outside":
		return "the two lives meet in between"
	case room(from) == day3+"between" && (room(to) == day3+"outside" || room(to) == day3+"inside"):
		return "between knows neither life"
	}
	switch room(from) {
	case "shared/cgroup", "shared/load", "shared/host", "shared/lang":
		switch room(to) {
		case "shared/lesson", "shared/lab", "shared/shell":
			return "it knows nothing of narration"
		}
	}
	return ""
}

// room is a package's first two folders: day3-framework/inside, shared/lesson.
func room(dir string) string {
	parts := strings.SplitN(filepath.ToSlash(dir), "/", 3)
	return path.Join(parts[:min(len(parts), 2)]...)
}

func first(dir string) string {
	day, _, _ := strings.Cut(dir, "/")
	return day
}
