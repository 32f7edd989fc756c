//go:build linux

// Package outside is mydocker's life on the host: it reads the flags, makes the
// group, starts init in it, looks after the container and says how it ended.
package outside

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/ledger"
)

// Run is the sub-command run: flags, container, exit status.
func Run(args []string) (status int) {
	o, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil {
		status, err = o.run()
	}
	if err != nil {
		between.Complain(err, o.config.Lang)
		return between.StatusOurs
	}
	return status
}

// run makes the container, runs the command in it, takes everything back and
// returns the command's exit status. An error is a failure of ours.
func (o options) run() (status int, err error) {
	// The kernel kills init when the *thread* that started it dies:
	// PR_SET_PDEATHSIG in prctl(2).
	runtime.LockOSThread()
	signals := catchSignals() // from here on none ends us before we have cleaned up

	made, err := ledger.Open()
	if err != nil {
		return 0, fmt.Errorf("write down what is made: %w", err)
	}
	defer func() { err = errors.Join(err, made.Undo(o.narrator.Did)) }()

	o.sayWhoseFiles()
	group, err := o.makeGroup(made)
	if err != nil {
		return 0, err
	}
	c, err := o.start(group)
	if err != nil {
		return 0, err
	}
	defer c.close()
	forwarded := signals.forwardTo(c)
	if err := c.configure(o.config); err != nil {
		return 0, errors.Join(err, c.kill())
	}
	if err := c.attachTerminal(o); err != nil {
		return 0, errors.Join(err, c.kill())
	}
	if err := c.wait(); err != nil {
		return 0, err
	}
	return o.conclude(c, group, forwarded.last())
}
