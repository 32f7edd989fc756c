// Package build looks at a container that a learner has written, and judges it.
// The two are apart: a look fills an Observation, from inside, where a probe of ours
// is the command, and from outside, in /proc; a judgement is a function of that.
package build

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// HostName is the name of the machine on which a learner's program is tried.
const HostName = "lab-host"

// A Report is what the probe says from inside the container.
type Report struct {
	Args       []string // os.Args
	PID        int
	UID        int
	Hostname   string
	Processes  []int    // the numbers in /proc
	Files      []string // what its descriptors from 3 on are
	Environ    []string
	CapBnd     []string // of its threads, each value once
	NoNewPrivs []string
	Group      string // /proc/self/cgroup, read before anything else was done
	Escape     string // what became of the way out of a chroot: "out", "in", or why it wasn't tried
}

// Orders are what the judge answers the probe.
type Orders struct{ Exit int }

// A Run is one start of a learner's program, and what came of it.
type Run struct {
	Status  int // of the program; -n for signal n
	TimeOut bool
	Waited  time.Duration // so long
	Early   bool          // it ended before its command did
	Output  string

	Stopped  bool // it did not end because something in there is stopped
	Reported bool // the probe was started, and in its words:
	Inside   Report
	Unseen   string // why the probe could not be seen from outside

	// Read from outside while the probe waited.
	Others        [3]string         // what the probe's standard files are; "" where they are the program's own
	Namespaces    map[string]string // the probe's: uts, pid, mnt, ipc, net
	Host          map[string]string // those of the machine on which it was tried
	Mounts        []string          // the probe's mount points
	Switches      string            // how the mount with the kernel's switches is: "ro" or "rw"
	Devices       []string          // of what is mounted for the probe
	HostDevice    string            // of the machine's /
	Held          bool              // writes into groups waited until the probe had reported, or nothing else was going on
	Restless      bool              // they waited in vain for either
	First         string            // the probe's directory for memory, when it had
	Group         string            // the same, a moment later
	HostGroup     string            // that of the machine
	SameGroups    bool              // the probe is in no group in which the machine is not
	ProgramsGroup string            // and that of the program that started it
	Limit         string            // what the group's file says
	Cmdlines      []string          // of what the program became or started, before it was the probe

	// When it had ended.
	Renamed   string   // the machine's new name; "" where it kept its own
	NewMounts []string // on the machine
	GroupLeft bool
	ProbeLeft bool
}

// An Observation is all that a stage's judgement is made from.
type Observation struct {
	Name     string // that the container was to have
	Words    Run    // words and exit status 7, with a descriptor of the caller's left open
	Killed   Run    // a command in PATH, which gets SIGKILL
	Missing  Run    // a command that is not there
	NoExec   Run    // one that can't be executed
	Limited  []Run  // -m 64m, then -m 96m, exit status 7
	Ended    Run    // -m 64m, the program gets SIGTERM
	Orphaned Run    // the program gets SIGKILL
	Rooted   Run    // --rootfs, and what the probe could do from there
	Named    Run    // --rootfs, and a command in the PATH of that root alone

	NoGroup string // why -m can't be tried
}

// What the runs are given.
var words = []string{"two  words", "", "-m", "$HOME", "\"so\" 'so'", "末"}

const status = 7

// limits are in MiB.
var limits = [...]int{64, 96}

// patience is how long a program may take at least; a right one takes hundredths of
// that.
const patience = 5 * time.Second

// groupIn returns the directory of the group that counts for memory in the text of
// /proc/PID/cgroup: v1's, or the one of v2, whose line is the last.
func groupIn(text string) string {
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) == 3 && (fields[1] == "memory" || fields[1] == "") {
			return filepath.Join("/sys/fs/cgroup", fields[1], fields[2])
		}
	}
	return ""
}

// Capabilities that docker leaves, and those that may stay here: without mknod.
const (
	dockers uint64 = 0xa80425fb
	mayStay        = dockers &^ (1 << 27)
)

// sawSecondLife reports whether a command line was read between the program's first
// life and the command.
func (r Run) sawSecondLife() bool {
	return slices.ContainsFunc(r.Cmdlines, func(line string) bool { return !isProbe(line) })
}

func isProbe(line string) bool {
	program, _, _ := strings.Cut(line, "\x00")
	return strings.HasSuffix(program, "/lab/probe")
}
