package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// A Report is what a class may see of a seat: no code, no path, no name but the one
// that the learner has chosen.
type Report struct {
	Seat     string                        `json:"seat"`
	Workshop string                        `json:"workshop"` // version
	Kernel   string                        `json:"kernel"`
	Cgroup   string                        `json:"cgroup"` // v1, v2 or hybrid, as doctor says it
	Labs     map[string]map[string]Outcome `json:"labs"`   // by day and ID
}

// An Outcome is how far one lab is.
type Outcome struct {
	Result  Result `json:"verdict"`
	Hint    string `json:"hint,omitempty"`
	Tries   int    `json:"tries"`
	Seconds int    `json:"seconds"`
}

// report writes the seat's report anew, and shows it. Nothing is sent.
func (d *desk) report() error {
	dir, err := stateDir()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "report.json")
	if d.name == "" {
		d.name = seatOf(file)
	}
	if !isSeat(d.name) {
		return lang.WithCure(lang.Errorf(lang.Text{EN: "a seat's name is 1 to 16 letters, digits and -, not %q", ZH: "座位名要用 1 到 16 个字母、数字或 -，不能是 %q"}, d.name),
			lang.Text{EN: "choose one: lab report --seat A3", ZH: "自己取一个：lab report --seat A3"})
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	r := Report{Seat: d.name, Workshop: version(), Kernel: strings.TrimSpace(string(kernel)), Labs: map[string]map[string]Outcome{}}
	if all, err := cgroup.Mounted(); err == nil {
		r.Cgroup = cgroup.Mode(all)
	}
	for _, day := range days(dir) {
		s, err := openSeat(day)
		if err != nil {
			return err
		}
		r.Labs[day] = map[string]Outcome{}
		for id, l := range s.Labs {
			o := Outcome{l.Result, l.Hint, l.Tries, l.Seconds}
			if o.Result == Pass {
				o.Hint = "" // what was seen since
			}
			r.Labs[day][id] = o
		}
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(file, append(text, '\n')); err != nil {
		return err
	}
	fmt.Fprintln(d.Out, string(text))
	if !d.json {
		d.Hint(lang.Text{EN: "nothing is sent; the file is", ZH: "什么也没有发送；文件在"}, file)
	}
	return nil
}

// seatOf is the name that the last report has.
func seatOf(file string) string {
	var r Report
	text, err := readOurs(file)
	if errors.Is(err, fs.ErrNotExist) || json.Unmarshal(text, &r) != nil {
		return ""
	}
	return r.Seat
}

func isSeat(name string) bool {
	return name != "" && len(name) <= 16 && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-')
	})
}

// days are those of which something is remembered.
func days(dir string) (list []string) {
	files, _ := filepath.Glob(filepath.Join(dir, "labs-*.json"))
	for _, file := range files {
		day := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "labs-"), ".json")
		if isID(day) {
			list = append(list, day)
		}
	}
	return list
}

// version is the commit, where go build was told it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}
