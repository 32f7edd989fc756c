package build

// A Machine is what a program is tried on, in the words in which the judge has it made.
// It is made of namespaces, the user namespace first: root in there is nobody out here,
// and of the files out here it can write none.
type Machine struct {
	Not     map[string]string // the judge's own namespaces: it must be in none of them
	UID     int               // under which the program runs: 0, or an ordinary user's
	GID     int
	Groups  []Delegated // the one for memory first
	Command []string    // the program and its words
	Keep    []string    // what of /tmp and the like it needs, open from descriptor FirstKept on
	Trusted bool        // no user namespace: a runtime that is known, and needs to be the real root
	Inherit bool        // with a descriptor of the caller's
	Hold    bool        // with a filter that asks before each write
}

// Delegated is a control group that is the root of all on a machine.
type Delegated struct {
	Group string // its directory out here
	Over  string // where its hierarchy is mounted
	V2    bool
}

// IDs is how many user and group IDs there are on root's machine.
const IDs = 1 << 16

// The machine's descriptors.
const (
	SaysFD = 3 + iota
	WordFD
	SocketFD
	ProbeFD
	ProgramFD
	FirstKept
)

// Where things are on the machine.
const (
	Bench   = "/tmp/lab" // what a try needs
	Program = Bench + "/container"
	RootFS  = Bench + "/root"
	Probe   = RootFS + "/lab/probe"
	Socket  = RootFS + "/lab/socket"
	NoExec  = Bench + "/no-program" // a file that can't be executed
	Nothing = Bench + "/nothing"    // none at all
	Mark    = "outside"             // a file beside the root file system
)
