package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mydocker.example/shared/lab"
)

// gateRuns is how often the gate is tried where it can't be held: a program that is
// late is sometimes not too late.
const gateRuns = 20

// Look starts the program as often as the stage asks for.
func (w *Workshop) Look(stage Stage, program string) (o Observation, err error) {
	if stage >= Limit && w.NoGroup != nil {
		o.NoGroup = w.NoGroup.Error()
	}
	o.Name = w.Name
	named := []string{}
	if stage >= TwoLives {
		named = []string{"--hostname", w.Name}
	}
	for range 1 + 20 { // whoever looks from outside sees the second life by luck
		if o.Words, err = w.run(program, try{flags: named, words: words, sample: stage >= Words}); err != nil {
			return o, err
		}
		if stage < Words || !o.Words.Reported || o.Words.sawSecondLife() {
			break
		}
	}
	if !o.Words.Reported || o.Words.TimeOut {
		return o, nil // which is the first fact
	}

	// The others side by side: most of their time they wait.
	var all sync.WaitGroup
	var failed sync.Mutex
	atOnce := make(chan struct{}, 3)
	ask := func(r *Run, t try) {
		atOnce <- struct{}{} // in this order: the longest first
		all.Go(func() {
			got, e := w.run(program, t)
			<-atOnce
			failed.Lock()
			defer failed.Unlock()
			if *r = got; err == nil {
				err = e
			}
		})
	}
	limited := []string{"-m", fmt.Sprintf("%dm", limits[0])}
	if stage >= Limit && o.NoGroup == "" {
		o.Limited = make([]Run, len(limits))
		ask(&o.Limited[1], try{flags: []string{"-m", fmt.Sprintf("%dm", limits[1])}, hold: stage >= Gate})
		ask(&o.Limited[0], try{flags: limited, linger: true})
		if stage >= Leave {
			ask(&o.Ended, try{flags: limited, then: func(_, program int) { syscall.Kill(program, syscall.SIGTERM) }})
		}
	}
	ask(&o.Killed, try{command: filepath.Base(Probe), then: func(probe, _ int) { syscall.Kill(probe, syscall.SIGKILL) }})
	ask(&o.Missing, try{command: Nothing})
	ask(&o.NoExec, try{command: NoExec})
	if stage >= Root {
		ask(&o.Rooted, try{rootfs: true, inherit: true, words: []string{"try-to-leave", Mark}})
		ask(&o.Named, try{rootfs: true, command: filepath.Base(Probe)})
	}
	if stage >= Whole {
		ask(&o.Orphaned, try{then: func(_, program int) { syscall.Kill(program, syscall.SIGKILL) }})
	}
	all.Wait()
	if stage >= Gate && o.NoGroup == "" && !o.Limited[1].Held {
		for range gateRuns {
			r, e := w.run(program, try{flags: limited})
			if o.Limited = append(o.Limited, r); e != nil {
				return o, e
			}
		}
	}
	return o, err
}

// Gate looks at the gate alone, once.
func (w *Workshop) Gate(program string) (lab.Verdict, error) {
	r, err := w.run(program, try{flags: []string{"-m", "64m"}, hold: true})
	if err != nil {
		return lab.Verdict{}, err
	}
	if !r.Held {
		return lab.Verdict{Result: lab.CannotTell}, nil
	}
	return fact{id: "gate", check: gateHolds}.judge(Observation{Limited: []Run{r}}), nil
}

// A try is how the program is started once.
type try struct {
	flags   []string
	command string // "" is the probe; its name alone is looked for in PATH
	words   []string
	rootfs  bool
	inherit bool                     // with a descriptor of the caller's
	sample  bool                     // command lines are read
	linger  bool                     // the group is looked at again a while later
	hold    bool                     // writes into groups wait
	then    func(probe, program int) // what is done when the probe has reported; nil: it ends
}

func (w *Workshop) run(program string, t try) (r Run, err error) {
	m := Machine{Inherit: t.inherit, Hold: t.hold, Command: append([]string{Program, "run"}, t.flags...)}
	command := Probe
	if t.rootfs {
		m.Command, command = append(m.Command, "--rootfs", RootFS), strings.TrimPrefix(Probe, RootFS)
	}
	if t.command != "" {
		command = t.command
	}
	m.Command = append(append(m.Command, command), t.words...)
	return w.runOn(m, program, nil, t)
}

// runOn makes a machine for one try.
func (w *Workshop) runOn(m Machine, program string, kept []*os.File, t try) (r Run, err error) {
	host, err := w.newMachine(m, program, kept)
	if err != nil {
		return r, err
	}
	defer func() {
		host.stop()
		r.Output = host.output.String()
	}()
	return host.try(w, t)
}

// An ending is what the launcher says of the program's.
type ending struct {
	status  int
	name    string
	unknown bool // the launcher was killed
}

// try lets the program begin, and looks.
func (host *machine) try(w *Workshop, t try) (r Run, err error) {
	if t.hold { // for one half of it
		host.patience *= 2
	}
	deadline := time.Now().Add(host.patience)
	r.Host, r.HostGroup = host.links, host.groupOf(host.launcher)
	over := make(chan struct{})
	defer close(over)
	held := newHold(host)
	if r.Held = host.asks >= 0; r.Held {
		go held.answer(over)
	}
	host.word.Write([]byte("!"))

	// Until the probe reports, or the program ends without one.
	reports, ended := make(chan *net.UnixConn), make(chan ending, 1)
	go host.accept(w, reports, over)
	go func() {
		text, _ := io.ReadAll(io.LimitReader(host.says, largest))
		var e ending
		if n, _ := fmt.Sscanf(string(text), "ended %d %s", &e.status, &e.name); n < 1 {
			e.unknown = true
		}
		ended <- e
	}()
	var conn *net.UnixConn
	var end *ending
	late := time.After(time.Until(deadline))
	for waiting := true; waiting; {
		var tick <-chan time.Time
		if t.sample { // as often as can be: the second life is short
			tick = time.After(0)
			for _, program := range children(host.launcher) {
				for _, kid := range children(program) {
					r.sample(kid, program)
				}
			}
		}
		select {
		case conn = <-reports:
			waiting = false
		case e := <-ended:
			end, waiting = &e, false
		case <-late:
			waiting = false
		case <-tick:
		}
	}
	if conn == nil && end != nil && t.command != Nothing && t.command != NoExec {
		select { // a program that does not wait ends before its command has begun
		case conn = <-reports:
		case <-time.After(200 * time.Millisecond):
		}
	}
	r.Early = end != nil
	probe := 0
	if conn != nil {
		defer conn.Close()
		conn.SetDeadline(deadline)
		probe = peer(conn)
		parent := ancestor(probe, host.launcher)
		if json.NewDecoder(io.LimitReader(conn, largest)).Decode(&r.Inside) == nil {
			r.Reported = true
			host.lookAt(&r, probe, parent, t, held.free)
			// Whose parent has ended has become the launcher's child.
			if end == nil {
				select {
				case e := <-ended:
					end = &e
				case <-time.After(30 * time.Millisecond):
				}
			}
			r.Early = r.Early || end != nil || parent == probe
		}
		if t.then == nil {
			json.NewEncoder(conn).Encode(Orders{Exit: status})
		} else if probe > 1 && parent > 1 {
			t.then(probe, parent)
		}
	}
	held.free()
	if end == nil {
		select {
		case e := <-ended:
			end = &e
		case <-time.After(time.Until(deadline)):
			r.TimeOut, r.Waited = true, host.patience
			r.Stopped = stopped(host.launcher)
		}
	}
	if end != nil {
		r.Status = end.status
		if end.unknown {
			r.Status = -int(syscall.SIGKILL)
		} else if end.name != HostName {
			r.Renamed = end.name
		}
	}
	for until := time.Now().Add(500 * time.Millisecond); probe > 0 && alive(probe) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	r.ProbeLeft = probe > 0 && alive(probe)
	r.Restless = held.ranOut.Load()
	mounts := slices.Clone(host.mounts)
	for _, m := range mountPoints(host.launcher) {
		if i := slices.Index(mounts, m); i >= 0 {
			mounts = slices.Delete(mounts, i, i+1)
		} else {
			r.NewMounts = append(r.NewMounts, m)
		}
	}
	if r.Group != "" && r.Group != r.HostGroup {
		_, err := os.Stat(host.outside(r.Group))
		r.GroupLeft = err == nil
	}
	return r, nil
}

// accept passes on the first connection that is our probe's. Who else connects is not
// listened to.
func (host *machine) accept(w *Workshop, reports chan<- *net.UnixConn, over <-chan struct{}) {
	for {
		conn, err := host.socket.AcceptUnix()
		if err != nil {
			return
		}
		if genuine, _ := w.isProbe(peer(conn)); !genuine {
			conn.Close()
			continue
		}
		select {
		case reports <- conn:
		case <-over:
			conn.Close()
		}
	}
}

// lookAt reads what /proc says about the probe, which waits.
func (host *machine) lookAt(r *Run, probe, parent int, t try, free func()) {
	r.First = host.groupOf(probe) // while writes are held
	free()
	var unseen error
	r.Others, unseen = host.otherFiles(probe)
	r.Namespaces = namespaces(probe)
	for _, m := range mounts(probe) {
		r.Mounts, r.Devices = append(r.Mounts, m.Point), append(r.Devices, m.Device)
	}
	root, _ := lab.At(mounts(host.launcher), "/")
	r.HostDevice = root.Device
	its, err1 := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", probe))
	machines, err2 := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", host.launcher))
	r.SameGroups = err1 == nil && err2 == nil && string(its) == string(machines)
	if err := errors.Join(r.lookFromOutside(probe), unseen); err != nil {
		r.Unseen = err.Error()
	}
	if len(t.flags) > 0 && t.flags[0] == "-m" {
		// Who is late is not wrong yet: that is what the gate's look is for.
		for range 60 {
			if r.Group = host.groupOf(probe); r.Group != r.HostGroup {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		r.ProgramsGroup = host.groupOf(parent)
		if t.linger { // who leaves again, or lifts the limit, has none
			time.Sleep(200 * time.Millisecond)
			r.Group = host.groupOf(probe)
		}
		for _, file := range []string{"memory.limit_in_bytes", "memory.max"} {
			if text, err := os.ReadFile(filepath.Join(host.outside(r.Group), file)); err == nil {
				r.Limit = strings.TrimSpace(string(text))
			}
		}
	}
}
