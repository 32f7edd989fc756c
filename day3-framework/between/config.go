//go:build linux

package between

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// A Config is what init needs to know. It travels over a pipe: arguments would
// show in ps, and a list of words joined with blanks can't be taken apart
// again (sh -c 'echo one  two').
type Config struct {
	Command    []string
	Env        []string
	Hostname   string
	Hosts      string // what /etc/hosts says in there
	ResolvConf string // what /etc/resolv.conf says, or "" for the container's own
	Rootfs     string // a directory, or "" for the host's files
	ReadOnly   bool
	Workdir    string
	OwnNetwork bool
	CgroupV2   bool     // the group is on cgroup v2
	CgroupsV1  []string // the v1 hierarchies in which it is, by their controllers: "cpu,cpuacct"
	Terminal   bool
	Size       unix.Winsize // of the terminal
	Narrate    bool
	Lang       lang.Language
}

// Send writes the configuration into the pipe.
func (cfg Config) Send(pipe io.Writer) error {
	err := json.NewEncoder(pipe).Encode(cfg)
	if err != nil && !errors.Is(err, unix.EPIPE) { // else init has ended, and its exit status says why
		return fmt.Errorf("send init its configuration: %w", err)
	}
	return nil
}

// ReceiveConfig reads the configuration in init. Where the parent has died, it is
// empty, and that is an error.
func ReceiveConfig() (cfg Config, err error) {
	pipe := os.NewFile(ConfigFD, "configuration")
	defer pipe.Close()
	if err := json.NewDecoder(pipe).Decode(&cfg); err != nil {
		return cfg, fmt.Errorf("no configuration on file descriptor %d: %w", ConfigFD, err)
	}
	return cfg, nil
}
