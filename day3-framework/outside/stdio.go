//go:build linux

package outside

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/lang"
)

// openStdio opens what init gets as standard input, output and error.
//
// A file of the host's must not get in: through /proc/self/fd, root in the
// container could change its owner and mode, and open it for writing. So for what is
// no pipe, a file, a device, a terminal or a socket, there is one, and we copy.
func (c *container) openStdio(o options) (files [3]*os.File, err error) {
	files = [3]*os.File{nil, nil, os.Stderr}
	if o.config.Terminal { // init makes itself one; until then it complains on ours
		files[1], err = os.OpenFile(os.DevNull, os.O_RDWR, 0)
		files[0] = files[1]
		return files, err
	}
	if o.interactive {
		files[0], err = c.inputFrom(os.Stdin)
	} else {
		files[0], err = os.Open(os.DevNull)
	}
	if err != nil {
		return files, err
	}
	if files[1], err = c.outputTo(os.Stdout); err != nil {
		return files, err
	}
	if sameFile(os.Stdout, os.Stderr) { // one pipe: what is said in turn stays so
		files[2] = files[1]
		return files, nil
	}
	files[2], err = c.outputTo(os.Stderr)
	return files, err
}

// closeStdio closes init's files here, once it has them, but our own.
func closeStdio(files [3]*os.File) {
	for _, file := range files {
		if file != os.Stdin && file != os.Stdout && file != os.Stderr {
			file.Close()
		}
	}
}

// inputFrom returns what init gets for our standard input. What is copied is so
// once init runs: else nobody may be there to take it.
func (c *container) inputFrom(ours *os.File) (inits *os.File, err error) {
	read, write, err := pipeFor(ours)
	if read == nil {
		return ours, err
	}
	c.startInput = func() {
		go func() {
			defer write.Close()
			_, err := io.Copy(write, ours)
			if err != nil && !errors.Is(err, unix.EPIPE) { // else the command takes no more
				c.copyFailed(err)
			}
		}()
	}
	return read, nil
}

func (c *container) outputTo(ours *os.File) (inits *os.File, err error) {
	read, write, err := pipeFor(ours)
	if read == nil {
		return ours, err
	}
	c.copyOutput(ours, read, func() { read.Close() }) // who goes on writing gets SIGPIPE
	return write, nil
}

// copyOutput copies the container's output until it ends. Where nobody takes it any
// more, refused is called.
func (c *container) copyOutput(to, from *os.File, refused func()) {
	done := make(chan struct{})
	c.copies = append(c.copies, done)
	go func() {
		defer close(done)
		_, err := io.Copy(to, from)
		var path *os.PathError
		if err == nil || errors.As(err, &path) && path.Op == "read" { // reading a terminal ends with an error
			return
		}
		if !errors.Is(err, unix.EPIPE) {
			c.copyFailed(err)
		}
		refused()
	}()
}

// copyFailed says that input or output is not whole; the exit status will say so
// too.
func (c *container) copyFailed(err error) {
	c.complain(err)
	c.incomplete.Store(true)
}

// awaitOutput waits until all of the container's output is out. Where it stands
// still, because nobody reads, whoever insists ends that too.
func (c *container) awaitOutput() {
	for _, done := range c.copies {
		select {
		case <-done:
			continue
		case <-c.insisted:
		}
		select {
		case <-done:
		case <-time.After(time.Second):
			c.copyFailed(lang.Errorf(lang.Text{EN: "nobody reads the output: the rest is dropped", ZH: "输出没有人读：剩下的丢掉了"}))
			return
		}
	}
}

// pipeFor makes the pipe between a file of ours and the container; none, nil, for a
// file that may be passed on.
func pipeFor(ours *os.File) (read, write *os.File, err error) {
	if isHarmless(ours) {
		return nil, nil, nil
	}
	if read, write, err = os.Pipe(); err != nil {
		return nil, nil, fmt.Errorf("pipe for %s: %w", ours.Name(), err)
	}
	return read, write, nil
}

// isHarmless reports whether a file may be passed on to the container: a pipe,
// which has no name and no owner that matters, or /dev/null, for which init takes the
// container's. Not a socket: it stays in the network namespace in which it was made.
func isHarmless(file *os.File) bool {
	var system unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &system); err == nil && system.Type == unix.PIPEFS_MAGIC {
		return true
	}
	var status unix.Stat_t
	return unix.Fstat(int(file.Fd()), &status) == nil && between.IsNull(status)
}

func sameFile(a, b *os.File) bool {
	one, err := a.Stat()
	if err != nil {
		return false
	}
	other, err := b.Stat()
	return err == nil && os.SameFile(one, other)
}
