package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"mydocker.example/shared/lang"
)

// MinMemory is the smallest memory limit that ParseMemory accepts, in bytes:
// below it the kernel kills a Go program before main has begun.
const MinMemory = 4 << 20

// Bytes reads a size in docker's notation: a number and one of b, k, m, g, t, p
// (powers of 1024), bytes without one.
func Bytes(size string) (int64, error) {
	const most = 1 << 60
	bytes, err := units.RAMInBytes(size)
	if err != nil {
		return 0, err
	}
	// What an int64 can't hold becomes another number with each processor: the least
	// on amd64, the greatest on arm64, any on 386. So the factors are looked at.
	last := strings.LastIndexAny(size, "0123456789. ") + 1
	number, err := strconv.ParseFloat(strings.TrimSuffix(size[:last], " "), 64)
	if err != nil {
		return 0, err
	}
	unit, err := units.RAMInBytes("1" + size[last:])
	if err != nil {
		return 0, err
	}
	if !(number*float64(unit) <= most) { // nor NaN
		return 0, strconv.ErrRange
	}
	return bytes, nil
}

// ParseMemory reads a memory limit as Bytes does.
func ParseMemory(size string) (int64, error) {
	bytes, err := Bytes(size)
	if err != nil {
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "%q is not a size", ZH: "%q 不是有效的大小"}, size), lang.Text{
			EN: "write a number and a unit, such as 100m, 512k or 1g",
			ZH: "请写数字加单位，例如 100m、512k、1g",
		})
	}
	if bytes < MinMemory {
		return 0, lang.WithCure(lang.Errorf(lang.Text{EN: "%q is below 4 MiB", ZH: "%q 不到 4 MiB"}, size), lang.Text{
			EN: "with less, a program is killed before it has begun; use 4m or more",
			ZH: "再小的话，程序还没开始就会被杀掉；请用 4m 或更大",
		})
	}
	return bytes, nil
}

// LimitMemory limits the group's memory to so many bytes and leaves it no
// swap, then reads the limit back. Where swap can't be limited, memory alone is.
func (g *Group) LimitMemory(bytes int64) error {
	return unlessNoAccount(g.LimitMemoryAndSwap(bytes, bytes))
}

// LimitMemoryAndSwap limits the group's memory, and memory and swap together,
// which is total or Unlimited, and reads both back. An error that wraps
// ErrNoSwapAccount says that memory is limited, but swap can't be.
func (g *Group) LimitMemoryAndSwap(bytes, total int64) error {
	d := g.dir("memory")
	n := d.hierarchy.Version.Names()
	if err := writeBytes(filepath.Join(d.path, n.MemoryLimit), bytes); err != nil {
		return err
	}
	if total == Unlimited {
		return nil // as a new group is
	}
	// v1 counts memory and swap together, and wants the smaller limit first.
	swap := total
	if d.hierarchy.Version == V2 {
		swap = total - bytes
	}
	err := writeBytes(filepath.Join(d.path, n.SwapLimit), swap)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !SwapIsOn() { // nothing is swapped, limit or not
		return nil
	}
	return lang.WithCure(fmt.Errorf("limit swap: %w", ErrNoSwapAccount), lang.Text{
		EN: "turn swap off (swapoff -a), or boot with swapaccount=1 on the kernel's command line",
		ZH: "请关掉交换区（swapoff -a），或在内核命令行加上 swapaccount=1 后重启",
	})
}

// ErrNoSwapAccount is the error where there is swap, but no file to limit it with.
var ErrNoSwapAccount = errors.New("the kernel keeps no account of swap")

func unlessNoAccount(err error) error {
	if errors.Is(err, ErrNoSwapAccount) {
		return nil
	}
	return err
}

// SwapIsOn reports whether this machine swaps: proc_swaps(5).
func SwapIsOn() bool {
	table, _ := os.ReadFile("/proc/swaps")
	return strings.Count(string(table), "\n") > 1 // below the heading
}

// writeBytes writes a number of bytes, which the kernel rounds down to whole pages.
func writeBytes(file string, bytes int64) error {
	page := int64(os.Getpagesize())
	return writeAndReadBack(file, strconv.FormatInt(bytes, 10), strconv.FormatInt(bytes/page*page, 10))
}

// ReadInt reads a control file that holds one number.
func ReadInt(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, Explain("read", file, err)
	}
	number, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return number, Explain("read", file, err)
}

// MemoryPeak returns the most memory that the group ever used, in bytes. On v2
// before Linux 5.19 the error wraps fs.ErrNotExist.
func (g *Group) MemoryPeak() (int64, error) {
	d := g.dir("memory")
	return ReadInt(filepath.Join(d.path, d.hierarchy.Version.Names().MemoryPeak))
}

// OOMKills returns how many processes of the group the OOM killer has killed.
// Read it before the group is removed. Since Linux 4.13.
func (g *Group) OOMKills() (int, error) {
	d := g.dir("memory")
	file := filepath.Join(d.path, d.hierarchy.Version.Names().OOM)
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, Explain("read", file, err)
	}
	return oomKills(string(text))
}

func oomKills(text string) (int, error) {
	for line := range strings.Lines(text) {
		if count, found := strings.CutPrefix(line, "oom_kill "); found {
			return strconv.Atoi(strings.TrimSpace(count))
		}
	}
	return 0, lang.Errorf(lang.Text{EN: "this kernel does not count OOM kills: it takes Linux 4.13", ZH: "这个内核不统计 OOM：需要 Linux 4.13"})
}
