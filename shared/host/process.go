package host

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// Stat returns what proc_pid_stat(5) says of a process behind its name, in which there
// may be blanks and brackets: its state, its parent, process group, session, terminal,
// the process group in that one's foreground, flags and so on. It is empty where there
// is no such process.
func Stat(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}
