package judge

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mydocker.example/shared/lab/build"
	"mydocker.example/shared/lang"
)

var update = flag.Bool("update", false, "write the table of docs/judge.md from a run here")

// The columns of the table. Where a program that is held is not on this machine, its
// column is left out.
var runtimes = []struct {
	name    string
	command []string
	held    bool // by this test, on each machine
}{
	{"unshare", strings.Fields("unshare --fork --pid --mount --uts --ipc --net --mount-proc --root=ROOT"), true},
	{"bwrap", strings.Fields("bwrap --unshare-all --bind ROOT / --proc /proc --"), false},
	{"podman", strings.Fields("podman --root /tmp/podman --runroot /run/podman --cgroup-manager cgroupfs run --rm --network none --cgroups disabled --rootfs ROOT"), false},
	{"crun", []string{"testdata/oci", "crun --cgroup-manager disabled", "ROOT"}, false},
	{"container.go", strings.Fields("CONTAINER run -m 64m --rootfs ROOT"), true},
	{"mydocker", strings.Fields("MYDOCKER run --rootfs ROOT"), true},
}

var signs = map[string]string{"yes": "✓", "no": "—", "unknown": "?"}

// What the documents say of unshare, mydocker and the container on one page is what the
// kernel says, and mydocker stands each wall that it claims: all but a user namespace.
func TestTheTableIsWhatTheKernelSays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, as mydocker does")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs go, which builds what is tried")
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	programs := map[string]string{
		"CONTAINER": compile(t, dir, "container", "../labs/solutions/whole/container.go"),
		"MYDOCKER":  compile(t, dir, "mydocker", ".."),
	}
	columns := map[string][]build.Wall{}
	for _, r := range runtimes {
		if !r.held && !*update {
			continue
		}
		command := slices.Clone(r.command)
		if built := programs[command[0]]; built != "" {
			command[0] = built
		} else if _, err := exec.LookPath(command[0]); err != nil && !*update {
			t.Logf("%s is not here", r.name)
			continue
		}
		o, rooted, err := build.Runtime(command)
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		columns[r.name] = build.WallsOf(o, rooted)
		var stand []string
		for _, w := range columns[r.name] {
			stand = append(stand, w.ID+" "+signs[w.Stands])
		}
		t.Logf("%s: %s", r.name, strings.Join(stand, ", "))
	}
	for _, w := range columns["mydocker"] {
		if w.Stands != "yes" && w.ID != "user" {
			t.Errorf("mydocker: %+v", w)
		}
	}
	for file, l := range map[string]lang.Language{"../../docs/judge.md": lang.English, "../../docs/zh-CN/judge.md": lang.Chinese} {
		if *update {
			write(t, file, l, columns)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for row, w := range columns["mydocker"] {
			cells := strings.Split(lineOf(string(text), "| "+w.Text.In(l)+" |"), " | ")
			if len(cells) != 1+len(runtimes) {
				t.Errorf("%s has no line for %s", file, w.ID)
				continue
			}
			for i, r := range runtimes {
				said := strings.TrimSuffix(cells[1+i], " |\n")
				if walls := columns[r.name]; walls != nil && signs[walls[row].Stands] != said {
					t.Errorf("%s: %s, %s: %q, but here it is %q", file, w.ID, r.name, said, signs[walls[row].Stands])
				}
			}
		}
	}
}

func lineOf(text, beginning string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, beginning) {
			return line
		}
	}
	return ""
}

func write(t *testing.T, file string, l lang.Language, columns map[string][]build.Wall) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- walls -->\n")
	_, after, found := strings.Cut(rest, "<!-- walls end -->")
	if !found {
		t.Fatalf("%s has no place for the table", file)
	}
	var table strings.Builder
	table.WriteString(lang.Text{EN: "| wall |", ZH: "| 墙 |"}.In(l))
	for _, r := range runtimes {
		fmt.Fprintf(&table, " %s |", r.name)
	}
	table.WriteString("\n|---" + strings.Repeat("|---", len(runtimes)) + "|\n")
	for row, w := range columns["mydocker"] {
		fmt.Fprintf(&table, "| %s |", w.Text.In(l))
		for _, r := range runtimes {
			fmt.Fprintf(&table, " %s |", signs[columns[r.name][row].Stands])
		}
		table.WriteString("\n")
	}
	whole := before + "<!-- walls -->\n" + table.String() + "<!-- walls end -->" + after
	if err := os.WriteFile(file, []byte(whole), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compile(t *testing.T, dir, name, what string) (program string) {
	t.Helper()
	program = filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-o", program, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}
