package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseMountinfo(t *testing.T) {
	for _, test := range []struct {
		name, table string
		want        []Hierarchy
		mode        string
	}{
		{
			name: "v2",
			table: `25 30 0:22 / /proc rw,nosuid shared:12 - proc proc rw
35 24 0:29 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
`,
			want: []Hierarchy{{Version: V2, Mount: "/sys/fs/cgroup", root: "/"}},
			mode: "v2",
		},
		{
			name: "hybrid, cpu and cpuacct share a mount",
			table: `31 24 0:27 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw
33 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:15 - cgroup cgroup rw,cpu,cpuacct
34 24 0:30 / /sys/fs/cgroup/memory rw shared:16 - cgroup cgroup rw,memory
32 24 0:28 / /sys/fs/cgroup/systemd rw shared:11 - cgroup cgroup rw,xattr,name=systemd
`,
			want: []Hierarchy{
				{Version: V2, Mount: "/sys/fs/cgroup/unified", root: "/"},
				{Version: V1, Mount: "/sys/fs/cgroup/cpu,cpuacct", Controllers: []string{"cpu", "cpuacct"}, root: "/"},
				{Version: V1, Mount: "/sys/fs/cgroup/memory", Controllers: []string{"memory"}, root: "/"},
				{Version: V1, Mount: "/sys/fs/cgroup/systemd", Name: "systemd", root: "/"},
			},
			mode: "hybrid",
		},
		{
			name: "a part of the tree is mounted somewhere, and the whole",
			table: `33 24 0:30 /a/b /tmp/z rw shared:15 - cgroup cgroup rw,memory
34 24 0:30 / /sys/fs/cgroup/memory rw shared:16 - cgroup cgroup rw,memory
35 24 0:30 /a /tmp/y rw shared:15 - cgroup cgroup rw,memory
36 24 0:31 /a /sys/fs/cgroup/pids rw shared:16 - cgroup cgroup rw,pids
`,
			want: []Hierarchy{
				{Version: V1, Mount: "/sys/fs/cgroup/memory", Controllers: []string{"memory"}, root: "/"},
				{Version: V1, Mount: "/sys/fs/cgroup/pids", Controllers: []string{"pids"}, root: "/a"},
			},
			mode: "v1",
		},
		{
			name: "v1 in a container, whose group is the mount's root",
			table: `45 40 0:30 /docker/8a1 /sys/fs/cgroup/memory ro,nosuid master:16 - cgroup cgroup rw,memory,release_agent=/run/agent
`,
			want: []Hierarchy{{Version: V1, Mount: "/sys/fs/cgroup/memory", Controllers: []string{"memory"}, root: "/docker/8a1"}},
			mode: "v1",
		},
		{
			name:  "a blank in the mount point",
			table: `64 23 0:99 / /mnt/my\040groups rw - cgroup x rw,pids` + "\n",
			want:  []Hierarchy{{Version: V1, Mount: "/mnt/my groups", Controllers: []string{"pids"}, root: "/"}},
			mode:  "v1",
		},
		{
			name:  "SELinux",
			table: "34 24 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,seclabel,memory\n",
			want:  []Hierarchy{{Version: V1, Mount: "/sys/fs/cgroup/memory", Controllers: []string{"memory"}, root: "/"}},
			mode:  "v1",
		},
		{
			name: "covered by a tmpfs, and memory mounted again elsewhere",
			table: `24 30 0:22 / /sys rw - sysfs sysfs rw
30 1 259:1 / / rw - ext4 /dev/root rw
31 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
34 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
90 31 0:60 / /sys/fs/cgroup rw - tmpfs tmpfs rw
91 30 0:30 / /mnt/memory rw - cgroup cgroup rw,memory
`,
			want: []Hierarchy{{Version: V1, Mount: "/mnt/memory", Controllers: []string{"memory"}, root: "/"}},
			mode: "v1",
		},
		{
			name: "covered on its own directory, and far above",
			table: `30 1 259:1 / / rw - ext4 /dev/root rw
24 30 0:22 / /sys rw - sysfs sysfs rw
34 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
92 34 0:61 / /sys/fs/cgroup rw - tmpfs tmpfs rw
35 30 0:31 / /a/b/pids rw - cgroup cgroup rw,pids
93 30 0:62 / /a rw - tmpfs tmpfs rw
`,
			mode: "none",
		},
		{
			name: "v1 mounted over v2, mounts older than the root that carries them",
			table: `24 30 0:22 / /sys rw - sysfs sysfs rw
25 24 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
26 25 0:30 / /sys/fs/cgroup rw - cgroup cgroup rw,memory
30 1 259:1 / / rw - ext4 /dev/root rw
`,
			want: []Hierarchy{{Version: V1, Mount: "/sys/fs/cgroup", Controllers: []string{"memory"}, root: "/"}},
			mode: "v1",
		},
		{name: "none", table: "25 30 0:22 / /proc rw - proc proc rw\n", mode: "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseMountinfo(test.table)
			if err != nil {
				t.Fatal(err)
			}
			same := func(a, b Hierarchy) bool {
				return a.Version == b.Version && a.Mount == b.Mount && a.Name == b.Name && a.root == b.root && slices.Equal(a.Controllers, b.Controllers)
			}
			if !slices.EqualFunc(got, test.want, same) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if mode := Mode(got); mode != test.mode {
				t.Errorf("Mode is %s, want %s", mode, test.mode)
			}
		})
	}
}

// The path in /proc/PID/cgroup is seen from the root of our cgroup namespace: one
// that begins with /.. leads out of it, and there is no directory for it.
func TestGroupOf(t *testing.T) {
	for _, test := range []struct{ root, path, want string }{
		{"/", "/", "/mnt"},
		{"/", "/a/b", "/mnt/a/b"},
		{"/docker/8a1", "/docker/8a1/x", "/mnt/x"},
		{"/docker/8a1", "/elsewhere", ""},
		{"/", "/../other", ""},
		{"/../..", "/", ""},
	} {
		file := filepath.Join(t.TempDir(), "cgroup")
		if err := os.WriteFile(file, []byte("3:cpu,memory:"+test.path+"\n0::/v2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		h := Hierarchy{Version: V1, Mount: "/mnt", Controllers: []string{"memory"}, root: test.root}
		if got, err := h.groupOf(file); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("the mount shows %s, the group is %s: %q, %v, want %q", test.root, test.path, got, err, test.want)
		}
	}
}

func FuzzMountinfo(f *testing.F) {
	f.Add("35 24 0:29 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n")
	f.Add("34 24 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n")
	f.Add(" - \n")
	f.Fuzz(func(t *testing.T, table string) {
		found, err := parseMountinfo(table)
		if err != nil && found != nil {
			t.Errorf("both an answer and an error: %v, %v", found, err)
		}
	})
}

func TestWhereAControllerIsMissing(t *testing.T) {
	const off = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t1\t1\nmemory\t0\t1\t0\n"
	for name, row := range map[string]struct{ controller, table, model, word string }{
		"left off":                {"memory", off, "", "cgroup_enable=memory to its command line"},
		"left off on a Raspberry": {"memory", off, "Raspberry Pi 4 Model B Rev 1.4\x00", "/boot/firmware/cmdline.txt"},
		"there, but not mounted":  {"cpu", off, "", "in a container"},
		"unknown to the kernel":   {"pids", off, "Raspberry Pi 4 Model B Rev 1.4\x00", "in a container"},
		"no table":                {"memory", "", "", "in a container"},
	} {
		if got := whereMissing(row.controller, row.table, row.model).EN; !strings.Contains(got, row.word) {
			t.Errorf("%s: %q, want %q in it", name, got, row.word)
		}
	}
}
