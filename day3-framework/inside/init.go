//go:build linux

// Package inside is the container's life of mydocker: PID 1, which builds the
// walls around itself, a file for each, and then becomes the command.
package inside

import (
	"os"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// Main is the hidden sub-command init. It returns only where something fails.
//
// Capabilities and no_new_privs are a thread's own, so the thread that calls Main
// must be the one that executes the command: no goroutine but this one, and not
// after the runtime could have moved it.
func Main() (status int) {
	if os.Getpid() != 1 {
		between.Complain(notByHand(lang.Errorf(lang.Text{EN: "init is PID 1, and this is PID %d", ZH: "init 应是 1 号进程，这里却是 %d 号"}, os.Getpid())), lang.FromEnv(os.Getenv))
		return between.StatusOurs
	}
	config, err := between.ReceiveConfig()
	if err != nil {
		between.Complain(notByHand(err), lang.FromEnv(os.Getenv))
		return between.StatusOurs
	}
	p := initProcess{Config: config}
	if config.Narrate {
		p.narrator = between.NewNarrator("container")
	}
	// All of init's namespaces are asked for in outside/namespaces.go.
	p.narrator.Say("the mount and the cgroup namespace are mine, and every mount in here is private")
	err = p.buildWalls()
	if _, cure := lang.Explain(err, config.Lang); cure == "" {
		err = lang.WithCure(err, host.Lacking(err))
	}
	between.Complain(err, config.Lang)
	return between.StatusOf(err)
}

func notByHand(err error) error {
	return lang.WithCure(err, lang.Text{
		EN: "init is started by mydocker run, not by hand",
		ZH: "init 由 mydocker run 启动，不是手工用的",
	})
}

// An initProcess is the container's first process with its configuration.
type initProcess struct {
	between.Config
	narrator between.Narrator
}

// buildWalls is a container in thirteen lines. The order matters: the root before
// what is mounted in it, and the rights last, because all else needs them.
func (p initProcess) buildWalls() error {
	walls := []func() error{
		p.setHostname,      // hostname.go
		p.raiseLoopback,    // loopback.go
		p.enterRootfs,      // rootfs.go
		p.mountFilesystems, // mounts.go
		p.mountCgroups,     // cgroups.go
		p.makeDevices,      // dev.go
		p.nameItself,       // names.go
		p.openTerminal,     // terminal.go
		p.maskPaths,        // masks.go
		p.enterWorkdir,     // workdir.go
		p.dropCapabilities, // capabilities.go
		p.filterCalls,      // seccomp.go
		p.becomeCommand,    // command.go
	}
	for _, wall := range walls {
		if err := wall(); err != nil {
			return err
		}
	}
	return nil
}
