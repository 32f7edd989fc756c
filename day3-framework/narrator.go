//go:build linux

package main

import (
	"fmt"
	"io"
)

// A narrator shows each step as it happens, for --narrate. The zero narrator
// says nothing.
type narrator struct {
	out io.Writer
	who string // the side and its PID
}

// did shows a command that does what has just been done.
func (n narrator) did(command string) { n.say("%s", command) }

func (n narrator) say(format string, args ...any) {
	if n.out != nil {
		// With -t the terminal may be raw, and then \n alone does not go back.
		fmt.Fprintf(n.out, "%-18s %s\r\n", n.who, fmt.Sprintf(format, args...))
	}
}
