package lesson

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"mydocker.example/shared/shell"
)

// stdout is standard output, and remembers what could not be written there: a full disk,
// say. A reader that has gone has seen what it wanted.
var stdout output

type output struct {
	mutex sync.Mutex
	err   error
}

func (o *output) Write(text []byte) (int, error) {
	n, err := os.Stdout.Write(text)
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		o.mutex.Lock()
		defer o.mutex.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// Written returns the exit status of a program that has ended well with this one; where
// part of what it said was lost, it says so and the status is that of a failure.
func Written(status int, screen shell.Screen) int {
	stdout.mutex.Lock()
	err := stdout.err
	stdout.mutex.Unlock()
	if err == nil || status != Done {
		return status
	}
	screen.On(os.Stderr).Problem(err)
	return Failed
}
