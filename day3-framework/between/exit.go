//go:build linux

package between

import (
	"errors"
	"fmt"
	"os"

	"mydocker.example/shared/lang"
)

// Exit statuses, docker's. Else it is the command's own, or 128 plus the
// number of the signal that ended it.
const (
	StatusOurs          = 125 // mydocker failed, not the command
	StatusNotExecutable = 126
	StatusNotFound      = 127
)

// A StatusError is an error with an exit status of its own.
type StatusError struct {
	Status int
	Err    error
}

func (e *StatusError) Error() string { return e.Err.Error() }
func (e *StatusError) Unwrap() error { return e.Err }

// StatusOf returns the exit status for an error.
func StatusOf(err error) int {
	var withStatus *StatusError
	if errors.As(err, &withStatus) {
		return withStatus.Status
	}
	return StatusOurs
}

// Complain shows an error of mydocker's and what to do about it.
func Complain(err error, l lang.Language) { fmt.Fprint(os.Stderr, Complaint(err, l)) }

// Complaint is what Complain shows.
func Complaint(err error, l lang.Language) string {
	message, cure := lang.Explain(err, l)
	text := "mydocker: " + message + "\n"
	if cure != "" {
		text += lang.Text{EN: "  What to do: ", ZH: "  怎么办："}.In(l) + cure + "\n"
	}
	return text
}
