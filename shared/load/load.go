// Package load is the workshop's stand-in for stress(1): a program that uses
// memory or CPU time, within bounds, so that nobody has to install one.
package load

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/pflag"

	"mydocker.example/shared/cgroup"
)

// Main is the hidden sub-command "load"; its flags are named after stress's.
//
//	load --vm-bytes 200m --vm-over 2s --vm-keep   memory
//	load --cpu 1s                                 CPU time
//
// It returns the exit status.
func Main(args []string) int {
	flags := pflag.NewFlagSet("load", pflag.ContinueOnError)
	size := flags.String("vm-bytes", "0", "use so much memory")
	over := flags.Duration("vm-over", 2*time.Second, "take it evenly over this time")
	keep := flags.Bool("vm-keep", false, "hold it until standard input ends")
	timeout := flags.Duration("timeout", 3*time.Minute, "end after this time, whatever happens") // an emulated machine is slow
	cpu := flags.Duration("cpu", 0, "keep one CPU busy for this time")
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q: there are flags only", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		return 2
	}
	bytes, err := cgroup.Bytes(*size)
	if err != nil || bytes > min(1<<40, math.MaxInt) {
		fmt.Fprintf(os.Stderr, "load: --vm-bytes %q is not a size; write a number and a unit, such as 200m\n", *size)
		return 2
	}
	time.AfterFunc(*timeout, func() {
		fmt.Fprintln(os.Stderr, "load: time is up")
		os.Exit(1)
	})
	spin(*cpu)
	memory := Memory(bytes, *over)
	if *keep {
		fmt.Printf("load: holding %s\n", units.BytesSize(float64(len(memory))))
		io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// Memory takes so many bytes of memory, evenly over the given time. Memory
// counts only once it is written to: the kernel gives a page at its first use.
func Memory(bytes int64, over time.Duration) []byte {
	const portions = 200
	memory := make([]byte, bytes)
	page, portion := os.Getpagesize(), int(bytes/portions)+1
	for i := 0; i < len(memory); i += page {
		memory[i] = 1
		if i%portion < page {
			time.Sleep(over / portions)
		}
	}
	return memory
}

func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}
