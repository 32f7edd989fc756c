//go:build linux

package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is shown to be typed is for who reads it: by how the program was started,
// where they are, whether they are root and how they became it.
func TestStart(t *testing.T) {
	if of := os.Getenv("HOST_TEST_START"); of != "" {
		Runs("day8")
		chapter, root, _ := strings.Cut(of, " ")
		if chapter == "go" {
			fmt.Print(Here(of), "\n")
			os.Exit(0)
		}
		fmt.Print(Start(chapter, root == "root"), "\n")
		os.Exit(0)
	}
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be an ordinary user too")
	}
	top := t.TempDir()
	for dir := top; dir != "/tmp" && len(dir) > len("/tmp"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"go-build1/b001/exe/day8", "my bin/day8", "my bin/day9", "bin/first", "bin/day8", "bin/page", "with/sudo", "without/nothing"} {
		name := filepath.Join(top, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, chapter := range []string{"day8", "day9"} {
		if err := os.MkdirAll(filepath.Join(top, "checkout", chapter), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, "checkout", chapter, "go.mod"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const goRun = "../go-build1/b001/exe/day8"
	for _, test := range []struct {
		name, started, in, asks, path string
		env                           string
		user                          uint32
		want                          string
	}{
		{"root, go run", goRun, "checkout", "day9 root", "with", "", 0, "go run ./day9"},
		{"root by sudo, go run", goRun, "checkout", "day9 root", "with", "SUDO_UID=1000", 0, "go run -exec sudo ./day9"},
		{"a user, go run", goRun, "checkout", "day8 root", "with", "", 65534, "go run -exec sudo ./day8"},
		{"a user without root, go run", goRun, "checkout", "day8", "with", "", 65534, "go run ./day8"},
		{"in the chapter's folder", "../" + goRun, "checkout/day8", "day8", "with", "", 0, "go run ."},
		{"in another chapter's folder", "../" + goRun, "checkout/day8", "day9", "with", "", 0, "go run ../day9"},
		{"no sudo, go run", goRun, "checkout", "day8 root", "without", "", 65534, "su -c 'go run ./day8'"},
		{"a user, built", "./my bin/day8", "", "day8 root", "with", "", 65534, "sudo './my bin/day8'"},
		{"no sudo, built", "./bin/first", "", "day8 root", "without", "", 65534, "su -c ./bin/first"},
		{"root, built under another name", "./bin/first", "", "day8 root", "with", "", 0, "./bin/first"},
		{"root by doas, built", "./bin/first", "", "day8 root", "with", "DOAS_USER=me", 0, "doas ./bin/first"},
		{"the next one beside it", "./my bin/day8", "", "day9 root", "with", "", 0, "'./my bin/day9'"},
		{"the next one beside it by its short name", "./bin/first", "", "day8-pages root", "with", "", 0, "./bin/day8"},
		{"a text's line, root's go run", goRun, "checkout", "go run -exec sudo ./day9 lab", "with", "", 0, "go run ./day9 lab"},
		{"a text's line, go run by sudo", goRun, "checkout", "go run -exec sudo ./day9 lab", "with", "SUDO_UID=1000", 0, "go run -exec sudo ./day9 lab"},
		{"a text's line, a user's go run", goRun, "checkout", "go run -exec sudo ./day9 lab", "with", "", 65534, "go run -exec sudo ./day9 lab"},
		{"a text's line, built", "./bin/first", "", "go run -exec sudo ./day8 lab check ID", "without", "", 0, "./bin/first lab check ID"},
		{"a user's, built", "./bin/first", "", "go run -exec sudo ./day8-pages lab check ID", "without", "", 65534, "su -c './bin/day8 lab check ID'"},
		{"a text's other program, built", "./bin/first", "", "go run ./day9/some/page run sh", "with", "", 65534, "./bin/page run sh"},
		{"a text's other program, which is not here", "./bin/first", "", "go run ./day9/other run sh", "with", "", 0, "go run ./day9/other run sh"},
		{"no next one beside it", "../bin/first", "checkout", "day9 root", "with", "", 0, "go run ./day9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(filepath.Join(top, test.in, test.started), "-test.run", "^TestStart$")
			cmd.Args[0], cmd.Dir = test.started, filepath.Join(top, test.in)
			cmd.Env = []string{"PATH=" + filepath.Join(top, test.path), "HOST_TEST_START=" + test.asks, test.env}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: test.user, Gid: test.user}}
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
		})
	}
}
