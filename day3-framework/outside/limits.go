//go:build linux

package outside

import (
	"fmt"
	"strconv"

	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/lang"
)

// limitFlags are the limits as the command line has them, docker's notation.
type limitFlags struct {
	memory, memorySwap string
	cpus               string
	cpuShares          int64
	cpuset, memset     string
	pids               int64
}

const (
	// leastPids is enough for init's own threads, and for ours that starts it inside
	// its group: four or five, as the scheduler has it.
	leastPids = 6
	mostPids  = 1 << 22 // PIDs that there are, proc_sys_kernel(5)
)

// isSize reports whether a flag sets a limit: docker takes 0 for none.
func isSize(value string) bool {
	bytes, err := cgroup.Bytes(value)
	return value != "" && (err != nil || bytes != 0)
}

func isNumber(value string) bool {
	number, err := strconv.ParseFloat(value, 64)
	return value != "" && (err != nil || number != 0)
}

// parse turns the flags into limits. The error names the flag that is wrong.
func (f limitFlags) parse() (cgroup.Limits, error) {
	l := cgroup.Limits{CPUShares: f.cpuShares, CPUSet: f.cpuset, MemSet: f.memset, Pids: max(f.pids, 0)}
	var err error
	if isSize(f.memory) {
		if l.Memory, err = cgroup.ParseMemory(f.memory); err != nil {
			return l, fmt.Errorf("--memory: %w", err)
		}
	}
	if l.MemorySwap, err = f.swap(l.Memory); err != nil {
		return l, fmt.Errorf("--memory-swap %s: %w", f.memorySwap, err)
	}
	if isNumber(f.cpus) {
		if l.CPUs, err = cgroup.ParseCPUs(f.cpus); err != nil {
			return l, fmt.Errorf("--cpus: %w", err)
		}
	}
	if f.cpuShares != 0 && (f.cpuShares < 2 || f.cpuShares > 262144) {
		return l, lang.WithCure(fmt.Errorf("--cpu-shares %d", f.cpuShares), lang.Text{
			EN: "it is a weight from 2 to 262144, the usual one being 1024",
			ZH: "权重取 2 到 262144，平常是 1024",
		})
	}
	for _, set := range []struct{ flag, list string }{{"--cpuset-cpus", f.cpuset}, {"--cpuset-mems", f.memset}} {
		if set.list == "" {
			continue
		}
		if _, err := cgroup.ParseList(set.list); err != nil {
			return l, fmt.Errorf("%s: %w", set.flag, err)
		}
	}
	if f.pids < -1 || f.pids > 0 && f.pids < leastPids || f.pids > mostPids {
		return l, lang.WithCure(fmt.Errorf("--pids-limit %d", f.pids), lang.Text{
			EN: fmt.Sprintf("it is a number of processes and threads, from %d, because init takes as many for a moment, to %d; -1 is no limit", leastPids, mostPids),
			ZH: fmt.Sprintf("它是进程和线程的总数，从 %d（init 启动时要用这么多）到 %d；-1 表示不限", leastPids, mostPids),
		})
	}
	return l, nil
}

// swap returns the limit of memory and swap together, 0 without the flag.
func (f limitFlags) swap(memory int64) (int64, error) {
	switch {
	case !isSize(f.memorySwap):
		return 0, nil
	case f.memorySwap == "-1":
		return cgroup.Unlimited, nil
	case memory == 0:
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "there is no --memory", ZH: "没有写 --memory"}), lang.Text{
			EN: "the flag is the sum of memory and swap: give --memory too",
			ZH: "它是内存与交换区之和：请同时给出 --memory",
		})
	}
	total, err := cgroup.ParseMemory(f.memorySwap)
	if err == nil && total < memory {
		err = lang.WithCure(lang.Errorf(lang.Text{EN: "less than --memory", ZH: "比 --memory 还小"}), lang.Text{
			EN: "the flag is the sum of memory and swap; as much as --memory means no swap",
			ZH: "它是内存与交换区之和；与 --memory 相等就是不用交换区",
		})
	}
	return total, err
}
