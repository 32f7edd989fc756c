//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"mydocker.example/shared/shell"
)

// reexec runs parent, of reexec.go, and asks the kernel about its child.
func (d *day2) reexec(sh *shell.Shell) {
	group := sh.NewGroup(d.name, "memory")
	dir, _ := group.Dir("memory")

	guess := sh.Ask("its-own-pid")
	out := &listener{out: sh.Output(), introduced: make(chan bool), heard: make(chan bool)}
	status, err := parent(sh.Context(), group, d.limit, d.loadCommand(sh), out, func(pid int) {
		out.await()
		ids := sh.Grep("NSpid:", fmt.Sprintf("/proc/%d/status", pid))
		guess.Is(lastWord(strings.Join(ids, " ")))
		sh.Prove("two-pids", len(ids) == 1 && len(strings.Fields(ids[0])) == 3, "%s", strings.Join(ids, " "))

		different := 0
		for _, namespace := range []string{"uts", "pid", "mnt"} {
			ours := sh.Readlink("/proc/self/ns/" + namespace)
			its := sh.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, namespace))
			if ours != its {
				different++
			}
		}
		sh.Prove("new-namespaces", different == 3, "uts, pid, mnt: %d ≠", different)

		its := sh.Grep(group.Name, fmt.Sprintf("/proc/%d/cgroup", pid))
		sh.Prove("inside-before-load", len(its) == 1 && strings.HasSuffix(its[0], "/"+group.Name), "PID %d: %s", pid, dir)
	})
	sh.Must(err)

	kills, err := group.OOMKills()
	sh.Must(err)
	sh.Prove("killed-by-oom", kills > 0 && status != 0, "oom_kill %d, exit %d", kills, status)
	sh.Rmdir(dir)
}

// lastWord of NSpid: is the PID in the innermost namespace, proc_pid_status(5).
func lastWord(line string) string {
	words := strings.Fields("? " + line)
	return words[len(words)-1]
}

// A listener passes a program's output on, the child's words behind those with which
// the parent introduces it, and notices when the child speaks, so that its first words
// stand before what is said about it.
type listener struct {
	out        io.Writer
	introduced chan bool
	heard      chan bool
	once       sync.Once
}

func (l *listener) Write(p []byte) (int, error) {
	child := bytes.HasPrefix(p, []byte("child:"))
	if child {
		<-l.introduced
	}
	n, err := l.out.Write(p)
	if child {
		l.once.Do(func() { close(l.heard) })
	}
	if bytes.HasPrefix(p, []byte("parent: my child is")) {
		close(l.introduced)
	}
	return n, err
}

// await waits for the child's first words, five seconds at most.
func (l *listener) await() {
	select {
	case <-l.heard:
	case <-time.After(5 * time.Second):
	}
}
