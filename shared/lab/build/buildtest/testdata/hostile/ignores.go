// It ignores every signal that can be ignored, and so do its children.
package main

import (
	"os"
	"os/exec"
	"os/signal"
	"time"
)

func main() {
	signal.Ignore()
	if len(os.Args) > 1 {
		exec.Command("/proc/self/exe").Start()
	}
	time.Sleep(time.Hour)
}
