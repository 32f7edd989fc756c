//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// The files that init starts with, beside the three that every process has.
const (
	selfFD   = 3 + iota // this program, read-only: see openSelf
	configFD            // a pipe: the configuration as JSON, up to its end
	reportFD            // a socket: what init has to say, see report.go
)

// config is what init needs to know. It travels over a pipe: arguments would
// show in ps, and a list of words joined with blanks can't be taken apart
// again (sh -c 'echo one  two').
type config struct {
	Command    []string
	Env        []string
	Hostname   string
	Rootfs     string // a directory, or "" for the host's files
	ReadOnly   bool
	Workdir    string
	OwnNetwork bool
	Terminal   bool
	Size       unix.Winsize // of the terminal
	Narrate    bool
	Lang       lang.Language
}

// configure sends init its configuration.
func (c *container) configure(cfg config) error {
	defer c.config.Close()
	err := json.NewEncoder(c.config).Encode(cfg)
	if err != nil && !errors.Is(err, unix.EPIPE) { // else init has ended, and conclude says why
		return fmt.Errorf("send init its configuration: %w", err)
	}
	c.narrator.say("write the configuration into the pipe: %q", cfg.Command)
	return nil
}

// receiveConfig reads it in init. Where the parent has died, it is empty.
func receiveConfig() (config, error) {
	pipe := os.NewFile(configFD, "configuration")
	defer pipe.Close()
	var cfg config
	if err := json.NewDecoder(pipe).Decode(&cfg); err != nil {
		return cfg, notByHand(fmt.Errorf("no configuration on file descriptor %d: %w", configFD, err))
	}
	return cfg, nil
}

func notByHand(err error) error {
	return lang.WithCure(err, lang.Text{
		EN: "init is started by mydocker run, not by hand",
		ZH: "init 由 mydocker run 启动，不是手工用的",
	})
}
