//go:build linux

package outside

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/cgroup"
	"mydocker.example/shared/ledger"
)

// makeGroup makes the container's control group, sets its limits and reads each
// back. First it takes back what a mydocker that was killed has left.
func (o *options) makeGroup(made *ledger.Ledger) (*cgroup.Group, error) {
	if ledger.Abandoned() {
		o.sweep()
	}
	group, err := cgroup.New("mydocker/"+o.name, o.controllers()...)
	if err != nil {
		return nil, err
	}
	err = made.MakeContainer(group)
	// Of a killed one after all, perhaps: while a child of it has not been executed yet, it
	// holds on to the ledger.
	for end := time.Now().Add(200 * time.Millisecond); errors.Is(err, fs.ErrExist) && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		o.sweep()
		err = made.MakeContainer(group)
	}
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", o.name, err)
	}
	for _, dir := range group.Dirs() {
		o.narrator.Say("mkdir %s", dir)
	}
	if err := o.limits.Apply(group); err != nil {
		return nil, err
	}
	o.tellOf(group)
	o.narrator.Say("set the limits and read them back: %v", o.limits)
	return group, nil
}

// tellOf notes in the configuration where init is to find the group.
func (o *options) tellOf(group *cgroup.Group) {
	for _, h := range group.Hierarchies() {
		if h.Version == cgroup.V2 {
			o.config.CgroupV2 = true
		} else {
			o.config.CgroupsV1 = append(o.config.CgroupsV1, strings.Join(h.Controllers, ","))
		}
	}
}

// controllers lists those that the container's group has: what the limits need, and
// memory's, by which programs in there size themselves. Where the machine has none and
// no limit needs another, one for the group to be somewhere.
func (o options) controllers() []string {
	list := o.limits.Controllers()
	there := func(controller string) bool {
		_, err := cgroup.Find(controller)
		return err == nil
	}
	if !slices.Contains(list, "memory") && there("memory") {
		list = append(list, "memory")
	}
	if len(list) > 0 {
		return list
	}
	for _, controller := range []string{"pids", "cpu"} {
		if there(controller) {
			return []string{controller}
		}
	}
	return []string{"memory"} // whose error says what to do
}

// sweep takes back what is left over. Where it can't, that is no reason not to go on.
func (o options) sweep() {
	if err := ledger.Sweep(o.narrator.Did); err != nil {
		between.Complain(err, o.config.Lang)
	}
}
