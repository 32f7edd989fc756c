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
// No file of the caller's gets in: through /proc/self/fd, root in the container
// could change its owner and mode, and open it for writing; a socket would lead out
// of the container's network; and a pipe's flags, O_NONBLOCK say, are the caller's
// too. So there is a pipe for each, and we copy, as docker's client does.
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
	if isNull(ours) {
		return ours, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe for %s: %w", ours.Name(), err)
	}
	c.startInput = func() {
		go func() {
			defer write.Close()
			if err := copyAll(write, ours); err != nil && !readerHasGone(err, write) { // else the command takes no more
				c.copyFailed(err)
			}
		}()
	}
	return read, nil
}

func (c *container) outputTo(ours *os.File) (inits *os.File, err error) {
	if isNull(ours) {
		return ours, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe for %s: %w", ours.Name(), err)
	}
	c.copyOutput(ours, read)
	return write, nil
}

// isNull reports whether a file is /dev/null, for which init takes the container's.
func isNull(file *os.File) bool {
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

// copyOutput copies the container's output until it ends. Where nobody takes it any
// more, the container is ended: SIGPIPE would end a command outside, but the kernel
// spares a PID 1, which might go on writing for ever.
func (c *container) copyOutput(to, from *os.File) {
	done := make(chan struct{})
	c.copies = append(c.copies, done)
	go func() {
		defer close(done)
		err := copyAll(to, from)
		switch {
		case err == nil:
			return
		case readerHasGone(err, to):
			c.unread.Store(true)
		default:
			c.copyFailed(err)
			c.unwritten.Store(!c.withTerminal) // with one, it is as if the line were cut
		}
		c.signal(unix.SIGKILL)
		from.Close()
	}()
}

// copyAll copies until from ends; a terminal's end is an error of reading, EIO. A
// file that is non-blocking has been made so by whoever shares it with us, and stays
// so: where it is not ready, we wait.
func copyAll(to, from *os.File) error {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		for rest := buffer[:n]; len(rest) > 0; {
			written, err := to.Write(rest)
			rest = rest[written:]
			if err = orReady(err, to, unix.POLLOUT); err != nil {
				return err
			}
		}
		switch err := orReady(err, from, unix.POLLIN); {
		case errors.Is(err, io.EOF), errors.Is(err, unix.EIO) && isDevice(from):
			return nil
		case err != nil:
			return err
		}
	}
}

// orReady waits until a file is ready where an error says that it is not.
func orReady(err error, file *os.File, events int16) error {
	if !errors.Is(err, unix.EAGAIN) {
		return err
	}
	_, err = unix.Poll([]unix.PollFd{{Fd: int32(file.Fd()), Events: events}}, -1)
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// readerHasGone reports whether writing failed because nobody reads any more. A
// terminal without its other end says EIO.
func readerHasGone(err error, file *os.File) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EIO) && isDevice(file)
}

func isDevice(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
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
