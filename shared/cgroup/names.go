package cgroup

// A Version says which rules and file names a hierarchy follows.
type Version int

const (
	V1 Version = 1 // Documentation/admin-guide/cgroup-v1/
	V2 Version = 2 // Documentation/admin-guide/cgroup-v2.rst
)

// Names are the files of a cgroup, by what they hold. A name is empty where a
// version has no such file. The moves are the same on both: make a directory,
// write a number, write a PID.
type Names struct {
	Join        string // write a PID here: v1 moves that thread, v2 the process
	Procs       string // the processes in the group; write a PID to move one in
	Tasks       string // the same by thread; on v2 only in threaded groups
	MemoryLimit string // bytes; the group is never given more
	SwapLimit   string // bytes; v1 counts memory and swap together, v2 swap alone
	MemoryUsage string // bytes in use now
	MemoryPeak  string // bytes, the most there ever was; v2 since Linux 5.19
	OOM         string // its line "oom_kill N" counts OOM kills
	CPUQuota    string // microseconds per period; v2 "QUOTA PERIOD" in one file
	CPUPeriod   string // microseconds
	CPUWeight   string // v1 2..262144, v2 1..10000
	CPUs        string // a list such as 0-1,3
	Mems        string // memory nodes, a list as CPUs is
	PidsLimit   string // processes and threads, or "max"
	Controllers string // what this group may enable for its children
	Enable      string // what it has enabled for its children
}

var names = [...]Names{
	V1: {
		Join:        "tasks",
		Procs:       "cgroup.procs",
		Tasks:       "tasks",
		MemoryLimit: "memory.limit_in_bytes",
		SwapLimit:   "memory.memsw.limit_in_bytes",
		MemoryUsage: "memory.usage_in_bytes",
		MemoryPeak:  "memory.max_usage_in_bytes",
		OOM:         "memory.oom_control",
		CPUQuota:    "cpu.cfs_quota_us",
		CPUPeriod:   "cpu.cfs_period_us",
		CPUWeight:   "cpu.shares",
		CPUs:        "cpuset.cpus",
		Mems:        "cpuset.mems",
		PidsLimit:   "pids.max",
	},
	V2: {
		Join:        "cgroup.procs",
		Procs:       "cgroup.procs",
		Tasks:       "cgroup.threads",
		MemoryLimit: "memory.max",
		SwapLimit:   "memory.swap.max",
		MemoryUsage: "memory.current",
		MemoryPeak:  "memory.peak",
		OOM:         "memory.events",
		CPUQuota:    "cpu.max",
		CPUWeight:   "cpu.weight",
		CPUs:        "cpuset.cpus",
		Mems:        "cpuset.mems",
		PidsLimit:   "pids.max",
		Controllers: "cgroup.controllers",
		Enable:      "cgroup.subtree_control",
	},
}

// Names returns the file names that version v uses.
func (v Version) Names() Names { return names[v] }

func (v Version) String() string {
	if v == V2 {
		return "v2"
	}
	return "v1"
}

// V1Name returns what cgroup v1, and so the article, calls a v2 file, or ""
// where the name is the same or v1 has no such file.
func V1Name(v2File string) string {
	for _, pair := range V1V2() {
		if pair[1] == v2File && pair[0] != v2File {
			return pair[0]
		}
	}
	return ""
}

// V1V2 pairs the files of the two versions that answer the same question.
func V1V2() [][2]string {
	v1, v2 := names[V1], names[V2]
	return [][2]string{
		{v1.Join, v2.Join},
		{v1.Tasks, v2.Tasks},
		{v1.MemoryLimit, v2.MemoryLimit},
		{v1.SwapLimit, v2.SwapLimit},
		{v1.MemoryUsage, v2.MemoryUsage},
		{v1.MemoryPeak, v2.MemoryPeak},
		{v1.OOM, v2.OOM},
		{v1.CPUQuota, v2.CPUQuota},
		{v1.CPUWeight, v2.CPUWeight},
		{v1.CPUs, v2.CPUs},
		{v1.Mems, v2.Mems},
		{v1.PidsLimit, v2.PidsLimit},
	}
}
