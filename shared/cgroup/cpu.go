package cgroup

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"mydocker.example/shared/lang"
)

// cpuPeriod is the span in which a quota is granted, in microseconds; both
// versions have this one unless told otherwise.
const cpuPeriod = 100_000

// ParseCPUs reads how many CPUs' time a group may have, as docker's --cpus
// takes it: 0.5, 1, 1.5.
func ParseCPUs(text string) (float64, error) {
	cpus, err := strconv.ParseFloat(text, 64)
	if err != nil || !(cpus >= 0.01 && cpus <= float64(CPUs())) { // not even NaN
		most := strconv.Itoa(CPUs())
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "%q is no number of CPUs that this machine has", ZH: "这台机器没有 %q 个 CPU 可分"}, text), lang.Text{
			EN: "write a number from 0.01 to " + most + ", such as 0.5",
			ZH: "请写 0.01 到 " + most + " 之间的数，例如 0.5",
		})
	}
	return cpus, nil
}

// CPUs returns how many CPUs this machine has. runtime.NumCPU counts those that
// this process may run on, which taskset(1), or a group of its own, may have made
// fewer; they do not bind a group elsewhere.
func CPUs() int {
	online, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err == nil {
		if list, err := ParseList(strings.TrimSpace(string(online))); err == nil {
			return len(list)
		}
	}
	return runtime.NumCPU()
}

// LimitCPU grants the group the time of so many CPUs: a quota of microseconds
// in every period. A group that has used its quota up waits for the next one.
func (g *Group) LimitCPU(cpus float64) error {
	d := g.dir("cpu")
	n := d.hierarchy.Version.Names()
	period := strconv.Itoa(cpuPeriod)
	quota := strconv.FormatInt(int64(math.Round(cpus*cpuPeriod)), 10)
	if n.CPUPeriod == "" {
		return writeExactly(filepath.Join(d.path, n.CPUQuota), quota+" "+period)
	}
	if err := writeExactly(filepath.Join(d.path, n.CPUPeriod), period); err != nil {
		return err
	}
	return writeExactly(filepath.Join(d.path, n.CPUQuota), quota)
}

// SetCPUShares sets the group's weight, on v1's scale, against the groups
// beside it. It counts only while they compete.
func (g *Group) SetCPUShares(shares int64) error {
	d := g.dir("cpu")
	if d.hierarchy.Version == V2 {
		shares = Weight(shares)
	}
	return writeExactly(filepath.Join(d.path, d.hierarchy.Version.Names().CPUWeight), strconv.FormatInt(shares, 10))
}

// Weight turns v1's cpu.shares into v2's cpu.weight. The scales' ends and
// defaults meet: 2 is 1, 1024 is 100, 262144 is 10000. Through these three
// goes a parabola in the logarithms, the one that runc and crun agreed upon.
func Weight(shares int64) int64 {
	l := math.Log2(float64(min(max(shares, 2), 262144)))
	weight := math.Pow(10, (l*l+125*l)/612-7.0/34)
	const rounding = 1e-9 // 1024 must not become 101 for a last binary digit
	return int64(math.Ceil(weight - rounding))
}

// CPUTime returns the CPU time that the group has used. On v1 the group needs
// the controller cpuacct for it.
func (g *Group) CPUTime() (time.Duration, error) {
	d := g.dir("cpu")
	if d.hierarchy.Version == V1 {
		nanoseconds, err := ReadInt(filepath.Join(g.dir("cpuacct").path, "cpuacct.usage"))
		return time.Duration(nanoseconds), err
	}
	file := filepath.Join(d.path, "cpu.stat")
	text, err := os.Open(file)
	if err != nil {
		return 0, Explain("read", file, err)
	}
	defer text.Close()
	for lines := bufio.NewScanner(text); lines.Scan(); {
		if usage, found := strings.CutPrefix(lines.Text(), "usage_usec "); found {
			microseconds, err := strconv.ParseInt(usage, 10, 64)
			return time.Duration(microseconds) * time.Microsecond, err
		}
	}
	return 0, fmt.Errorf("%s has no usage_usec", file)
}
