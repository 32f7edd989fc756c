package shell

import (
	"os"
	"os/exec"
)

// Learners is the shell that the learner uses.
func Learners() string {
	if program := os.Getenv("SHELL"); program != "" {
		if _, err := exec.LookPath(program); err == nil {
			return program
		}
	}
	return "sh"
}
