//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A contender starts a container with /bin/true in it.
type contender struct {
	name  string
	start func(id string) *exec.Cmd

	warm, cold []time.Duration
	rss        int // KiB
	crowd      time.Duration
}

// BenchmarkBeside measures mydocker beside the others that this machine has,
// taking turns, so that what else the machine does hits all of them. Warm means
// right after another start of the same kind: the turns are several starts long,
// and the first two of each don't count. After a start of another kind even a
// runtime that writes to cgroup.procs may find the kernel's lock cold.
//
//	go test -run - -bench Beside -benchtime 1x -v
//
// crun 1.8 refuses a hybrid cgroup machine; take the v2 mount away from it:
//
//	unshare -m sh -c 'umount /sys/fs/cgroup/unified; go test …'
func BenchmarkBeside(b *testing.B) {
	needRoot(b)
	all := contenders(b)
	const turns, inTurn, notYetWarm, cold, crowd = 5, 22, 2, 25, 200
	run := func(c *contender, id string) time.Duration {
		cmd := c.start(id)
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v: %s", c.name, err, out)
		}
		return time.Since(begin)
	}
	for b.Loop() {
		for turn := range turns {
			for _, c := range all {
				for i := range inTurn {
					took := run(c, fmt.Sprintf("warm%d-%d", turn, i))
					if i >= notYetWarm {
						c.warm = append(c.warm, took)
					}
				}
			}
		}
		for i := range cold {
			for _, c := range all {
				time.Sleep(150 * time.Millisecond) // after this long the kernel's locks are slow: RCU
				c.cold = append(c.cold, run(c, fmt.Sprint("cold", i)))
			}
		}
		for _, c := range all {
			var group sync.WaitGroup
			begin := time.Now()
			for i := range crowd {
				group.Go(func() {
					if out, err := c.start(fmt.Sprint("crowd", i)).CombinedOutput(); err != nil {
						b.Errorf("%s: %v: %s", c.name, err, out)
					}
				})
			}
			group.Wait()
			c.crowd = time.Since(begin)
			c.rss = peakRSS(b, c.start("rss"))
		}
	}
	fmt.Println(table(all))
}

func contenders(b *testing.B) []*contender {
	root := needRootfs(b)
	program := filepath.Join(b.TempDir(), "mydocker")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v: %s", err, out)
	}
	bundle := makeBundle(b, root)
	oci := func(name string) func(string) *exec.Cmd {
		return func(id string) *exec.Cmd { return exec.Command(name, "run", "--bundle", bundle, id) }
	}
	all := []*contender{
		{name: "mydocker", start: func(string) *exec.Cmd {
			return exec.Command(program, "run", "-m", "100m", "--rootfs", root, "/bin/true")
		}},
		{name: "crun", start: oci("crun")},
		{name: "runc", start: oci("runc")},
		{name: "bwrap", start: func(string) *exec.Cmd {
			return exec.Command("bwrap", "--unshare-all", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "/bin/true")
		}},
		{name: "unshare", start: func(string) *exec.Cmd {
			return exec.Command("unshare", "-mupin", "--fork", "-R", root, "/bin/true")
		}},
	}
	return slices.DeleteFunc(all, func(c *contender) bool {
		out, err := c.start("trial").CombinedOutput()
		if err != nil {
			b.Logf("without %s: %v: %s", c.name, err, out)
		}
		return err != nil
	})
}

// makeBundle makes what an OCI runtime starts from: runc's own default
// configuration, with the command and the limit that mydocker gets.
func makeBundle(b *testing.B, root string) string {
	dir := b.TempDir()
	spec := exec.Command("runc", "spec")
	spec.Dir = dir
	if err := spec.Run(); err != nil {
		return dir
	}
	file := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		b.Fatal(err)
	}
	config["process"].(map[string]any)["terminal"] = false
	config["process"].(map[string]any)["args"] = []string{"/bin/true"}
	config["root"] = map[string]any{"path": root}
	config["linux"].(map[string]any)["resources"] = map[string]any{"memory": map[string]any{"limit": 100 << 20}}
	if text, err = json.Marshal(config); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}

// peakRSS asks a small program to start the command: a process's peak counts
// what it was before execve, and that would be this test.
func peakRSS(b *testing.B, cmd *exec.Cmd) int {
	out, err := exec.Command("/usr/bin/time", append([]string{"-f", "%M"}, cmd.Args...)...).CombinedOutput()
	var kib int
	if _, scanErr := fmt.Sscan(string(out), &kib); err != nil || scanErr != nil {
		b.Logf("peak RSS of %s: %v: %s", cmd.Args[0], err, out)
	}
	return kib
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2].Microseconds()) / 1000
}

// table prints the medians, and how mydocker's relate to each.
func table(all []*contender) string {
	var out strings.Builder
	out.WriteString("| | warm ms | mydocker ÷ it | cold ms | mydocker ÷ it | 200 at once s | mydocker ÷ it | peak RSS MB |\n|---|---|---|---|---|---|---|---|\n")
	us := all[0]
	for _, c := range all {
		fmt.Fprintf(&out, "| %s | %.1f | %.2f | %.1f | %.2f | %.2f | %.2f | %.1f |\n", c.name,
			median(c.warm), median(us.warm)/median(c.warm), median(c.cold), median(us.cold)/median(c.cold),
			c.crowd.Seconds(), us.crowd.Seconds()/c.crowd.Seconds(), float64(c.rss)/1024)
	}
	return out.String()
}
