//go:build linux

package between

import (
	"fmt"
	"os"
)

// A Narrator shows each step as it happens, for --narrate. The zero Narrator
// says nothing.
type Narrator struct {
	who string // the side and its PID, or "" for silence
}

// NewNarrator returns the narrator of one side, on standard error.
func NewNarrator(side string) Narrator {
	return Narrator{who: fmt.Sprintf("[%s %d]", side, os.Getpid())}
}

// Did shows a command that does what has just been done.
func (n Narrator) Did(command string) { n.Say("%s", command) }

// Say shows what has been done.
func (n Narrator) Say(format string, args ...any) {
	if n.who != "" {
		// With -t the terminal may be raw, and then \n alone does not go back.
		fmt.Fprintf(os.Stderr, "%-18s %s\r\n", n.who, fmt.Sprintf(format, args...))
	}
}
