//go:build linux

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// The sub-command init begins before main does. Capabilities and no_new_privs
// are a thread's own: the thread that gives them up must be the one that executes
// the command. Init functions all run on the first one; in main, it would take
// runtime.LockOSThread, which starts a thread more.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "init" {
		growStack()
		os.Exit(containerInit())
	}
}

// containerInit is the hidden sub-command init, the other life of this
// program: PID 1 of the container. It builds the walls around itself and then
// becomes the command. It returns only where something fails.
func containerInit() int {
	if os.Getpid() != 1 {
		complain(notByHand(lang.Errorf(lang.Text{EN: "init is PID 1, and this is PID %d", ZH: "init 应是 1 号进程，这里却是 %d 号"}, os.Getpid())), lang.FromEnv(os.Getenv))
		return statusOurs
	}
	cfg, err := receiveConfig()
	if err != nil {
		cfg.Lang = lang.FromEnv(os.Getenv)
	} else {
		in := inside{config: cfg}
		if cfg.Narrate {
			in.narrator = narrator{out: os.Stderr, who: fmt.Sprintf("[container %d]", os.Getpid())}
		}
		in.narrator.say("the mount and the cgroup namespace are mine, and every mount in here is private")
		err = in.build()
	}
	complain(err, cfg.Lang)
	return statusOf(err)
}

// inside is the container's side: init with its configuration.
type inside struct {
	config
	narrator narrator
}

// build is a container in eleven lines. The order matters: the root before what
// is mounted in it, and the rights last, because all else needs them.
func (in inside) build() error {
	walls := []func() error{
		in.setHostname,
		in.raiseLoopback,
		in.enterRootfs,
		in.mountFilesystems,
		in.makeDevices,
		in.openTerminal,
		in.maskPaths,
		in.enterWorkdir,
		in.dropCapabilities,
		in.filterCalls,
		in.becomeCommand,
	}
	for _, wall := range walls {
		if err := wall(); err != nil {
			return err
		}
	}
	return nil
}

func (in inside) setHostname() error {
	if err := unix.Sethostname([]byte(in.Hostname)); err != nil {
		return fmt.Errorf("sethostname %s: %w", in.Hostname, err)
	}
	in.narrator.say("sethostname %s", in.Hostname)
	return nil
}
