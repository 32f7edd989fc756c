package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mydocker.example/shared/lang"
)

// ParseList reads a list as cpuset(7) has it, "0-1,3", and returns its numbers
// in order.
func ParseList(list string) ([]int, error) {
	var numbers []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, errLow := strconv.ParseUint(first, 10, 16)
		high, errHigh := strconv.ParseUint(last, 10, 16)
		if errLow != nil || errHigh != nil || low > high {
			return nil, lang.WithCure(lang.Errorf(lang.Text{EN: "%q is not a list of numbers", ZH: "%q 不是数字列表"}, list), lang.Text{
				EN: "write numbers and ranges with commas between them, such as 0-1,3",
				ZH: "请写数字或范围，用逗号隔开，例如 0-1,3",
			})
		}
		for n := int(low); n <= int(high); n++ {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// LimitCPUSet ties the group to CPUs and to memory nodes; an empty list leaves
// the parent's.
//
// On v1 a new group has neither, and takes no process before it has both: they
// are handed down from the root first.
func (g *Group) LimitCPUSet(cpus, mems string) error {
	d := g.dir("cpuset")
	n := d.hierarchy.Version.Names()
	for file, list := range map[string]string{n.CPUs: cpus, n.Mems: mems} {
		if d.hierarchy.Version == V1 {
			if err := handDown(d, file); err != nil {
				return err
			}
		}
		if list != "" {
			if err := d.limitTo(file, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// handDown fills the file, where it is empty, of every group from the root to
// d with what its parent has.
func handDown(d groupDir, file string) error {
	have, err := os.ReadFile(filepath.Join(d.hierarchy.Mount, file))
	if err != nil {
		return Explain("read", filepath.Join(d.hierarchy.Mount, file), err)
	}
	for dir := d.hierarchy.Mount; dir != d.path; {
		dir = nextBelow(dir, d.path)
		own, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return Explain("read", filepath.Join(dir, file), err)
		}
		if strings.TrimSpace(string(own)) != "" {
			have = own
			continue
		}
		if err := Write(filepath.Join(dir, file), strings.TrimSpace(string(have))); err != nil {
			return err
		}
	}
	return nil
}

// limitTo writes a list and reads back what the group really has: v2 takes any
// CPU and then gives those that the parent has.
func (d groupDir) limitTo(file, list string) error {
	want, err := ParseList(list)
	if err != nil {
		return err
	}
	offered, err := effective(filepath.Dir(d.path), file)
	if err != nil {
		return err
	}
	beyond := slices.ContainsFunc(want, func(n int) bool { return !slices.Contains(offered, n) })
	if beyond {
		return lang.WithCure(lang.Errorf(lang.Text{EN: "%s %s: not all of these are there", ZH: "%s %s：其中有的并不存在"}, file, list), lang.Text{
			EN: fmt.Sprintf("choose from %v", offered),
			ZH: fmt.Sprintf("只能从 %v 中选", offered),
		})
	}
	if err := Write(filepath.Join(d.path, file), list); err != nil {
		return err
	}
	got, err := effective(d.path, file)
	if err == nil && !slices.Equal(got, want) {
		err = lang.Errorf(lang.Text{EN: "%s: wrote %s, but the group has %v", ZH: "%s：写入的是 %s，组里的却是 %v"}, filepath.Join(d.path, file), list, got)
	}
	return err
}

// effective returns what a group has of CPUs or memory nodes; v1 has it in the
// file that one writes, v2 in a second one.
func effective(dir, file string) ([]int, error) {
	text, err := os.ReadFile(filepath.Join(dir, file+".effective"))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(dir, file))
	}
	if err != nil {
		return nil, Explain("read", filepath.Join(dir, file), err)
	}
	return ParseList(strings.TrimSpace(string(text)))
}
