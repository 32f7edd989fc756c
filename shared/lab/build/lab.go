package build

import (
	"io/fs"
	"slices"
	"strings"

	"mydocker.example/shared/lab"
)

// Labs are these stages as a day's labs. Its files are solutions/STAGE/container.go,
// and skeletons/STAGE/container.go where a stage does not begin as the one before
// it ends.
func Labs(files fs.ReadFileFS, stages ...string) (labs []lab.Lab) {
	hints := hintsOfLabs()
	var before []byte
	for _, name := range stages {
		solution, err := files.ReadFile("solutions/" + name + "/container.go")
		if err != nil {
			panic(err) // it is embedded
		}
		begin, err := files.ReadFile("skeletons/" + name + "/container.go")
		if err != nil {
			begin = before
		}
		stage := Stage(slices.Index(Stages, name))
		labs = append(labs, lab.Lab{ID: name, Hints: hints, Build: &lab.Build{
			Begin:    begin,
			Solution: solution,
			Check: func(file string, ticket int) lab.Verdict {
				o, err := tryFile(stage, file, ticket)
				if err != nil {
					v := lab.Blind("started", err)
					v.Fact = facts[0].text
					return v
				}
				return Judge(stage, o)
			},
		}})
		before = solution
	}
	return labs
}

var folders = strings.NewReplacer("day1 ", "day1-namespaces ", "day2 ", "day2-cgroups ", "day3 ", "day3-framework ")

func hintsOfLabs() map[string]lab.Hint {
	all := map[string]lab.Hint{}
	for id, h := range Hints() {
		page, after, _ := strings.Cut(h.Man, "(") // wait(2), pipe(7): the first is enough
		section, _, _ := strings.Cut(after, ")")
		all[id] = lab.Hint{Ask: h.Ask, Step: folders.Replace(h.Step), Man: section + " " + page}
	}
	return all
}

// Goals are the facts with which a stage begins, as the chapter must have them.
func Goals(stage Stage) (list []Goal) {
	for _, f := range facts {
		if f.from == stage {
			list = append(list, Goal{f.id, f.text.EN, f.text.ZH})
		}
	}
	return list
}

// A Goal is a fact with its ID.
type Goal struct{ ID, EN, ZH string }
