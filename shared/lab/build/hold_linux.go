package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// takeDescriptor gets a copy of another process's descriptor.
func takeDescriptor(pid, fd int) (int, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	ours, err := unix.PidfdGetfd(process, fd, 0)
	if err != nil {
		return -1, fmt.Errorf("pidfd_getfd: %w", err)
	}
	return ours, nil
}

// A hold keeps writes into a group's list of processes waiting until the probe has
// reported, and been looked at, or some time has passed without a report. Whoever
// starts the command before it is in the group is caught, however fast they are; who
// waits for the write to be done is only late.
type hold struct {
	asks     int
	least    time.Duration
	reported chan struct{} // closed once writes need not wait any more
	free     func()
	first    sync.Once
	until    time.Time // of the first one's wait
	Writes   int
}

// The kernel's struct seccomp_notif and seccomp_notif_resp.
type (
	question struct {
		id         uint64
		pid, flags uint32
		number     int32
		arch       uint32
		at         uint64
		args       [6]uint64
	}
	answer struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

func newHold(asks int, least time.Duration) *hold {
	h := &hold{asks: asks, least: least, reported: make(chan struct{})}
	h.free = sync.OnceFunc(func() { close(h.reported) })
	return h
}

// answer answers until over is closed.
func (h *hold) answer(over <-chan struct{}) {
	poll := []unix.PollFd{{Fd: int32(h.asks), Events: unix.POLLIN}}
	for {
		select {
		case <-over:
			return
		default:
		}
		if n, err := unix.Poll(poll, 50); n < 1 || err != nil || poll[0].Revents&unix.POLLIN == 0 {
			if poll[0].Revents&unix.POLLHUP != 0 {
				return
			}
			continue
		}
		var q question
		if ioctl(h.asks, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&q)) != 0 {
			continue // it has been killed meanwhile
		}
		if !isList(q) {
			h.goOn(q)
			continue
		}
		h.first.Do(func() { h.until = time.Now().Add(h.least) })
		h.Writes++
		wait := max(time.Until(h.until), h.least/4)
		go func() {
			select {
			case <-h.reported:
			case <-over:
			case <-time.After(wait):
			}
			h.goOn(q)
		}()
	}
}

func (h *hold) goOn(q question) {
	a := answer{id: q.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	ioctl(h.asks, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&a))
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) unix.Errno {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno != unix.EINTR {
			return errno
		}
	}
}

// isList reports whether the call writes into a group's list of processes.
func isList(q question) bool {
	fd := q.args[0]
	if q.number == unix.SYS_SPLICE || q.number == unix.SYS_COPY_FILE_RANGE {
		fd = q.args[2]
	}
	file, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", q.pid, int32(fd)))
	return slices.Contains([]string{"cgroup.procs", "tasks", "cgroup.threads"}, filepath.Base(file))
}

// isProbe reports whether a process is our probe, and not a program that says what the
// probe would say: its file's bytes, and those it executes, are ours, and nobody traces
// it.
func (w *Workshop) isProbe(pid int) (bool, error) {
	exe, err := os.ReadFile(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false, err
	}
	if !bytes.Equal(exe, w.text) || field(pid, "TracerPid") != "0" {
		return false, nil
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return false, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return false, err
	}
	defer memory.Close()
	code := false
	for line := range bytes.Lines(maps) {
		var begin, end, offset, inode uint64
		var rights, device string
		fmt.Sscanf(string(line), "%x-%x %s %x %s %d", &begin, &end, &rights, &offset, &device, &inode)
		if rights != "r-xp" && rights != "r--p" || inode == 0 {
			continue
		}
		length := min(end-begin, uint64(len(w.text))-offset)
		text := make([]byte, length)
		if _, err := memory.ReadAt(text, int64(begin)); err != nil {
			return false, err
		}
		if !bytes.Equal(text, w.text[offset:offset+length]) {
			return false, nil
		}
		code = code || rights == "r-xp"
	}
	return code, nil
}
