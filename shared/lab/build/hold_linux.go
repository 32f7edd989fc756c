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
	launcher int
	longest  time.Duration // for sleepers
	least    time.Duration
	reported chan struct{} // closed once writes need not wait any more
	free     func()
	first    sync.Once
	until    time.Time // of the first one's wait
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

func newHold(host *machine, least time.Duration) *hold {
	h := &hold{asks: host.asks, launcher: host.launcher, longest: host.patience * 4 / 5, least: least, reported: make(chan struct{})}
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
		wait := max(time.Until(h.until), h.least/4)
		go func() {
			select {
			case <-h.reported:
			case <-over:
			case <-time.After(wait):
				h.waitForSleepers(over)
			}
			h.goOn(q)
		}()
	}
}

// waitForSleepers goes on holding while something that the program has started sleeps:
// a time that is waited for is no gate. Who waits for a word waits without an end.
func (h *hold) waitForSleepers(over <-chan struct{}) {
	end := time.Now().Add(h.longest - h.least)
	for awake := 0; awake < 4 && time.Now().Before(end); awake++ { // a thread may be seen just as it turns over
		if slices.ContainsFunc(children(h.launcher), func(program int) bool {
			return slices.ContainsFunc(children(program), sleeps)
		}) {
			awake = -1
		}
		select {
		case <-h.reported:
			return
		case <-over:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sleeps reports whether a thread of a process, or of one below it, waits for a time to
// come that is not far: Go's own threads look after each other now and then, at most
// each 10 ms, or each minute.
func sleeps(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, file := range threads {
		var number int64
		var args [4]uint64
		text, _ := os.ReadFile(file)
		if n, _ := fmt.Sscanf(string(text), "%d 0x%x 0x%x 0x%x 0x%x", &number, &args[0], &args[1], &args[2], &args[3]); n < 5 {
			continue // it runs
		}
		var wait time.Duration
		switch number {
		case unix.SYS_EPOLL_PWAIT:
			wait = time.Duration(int32(args[3])) * time.Millisecond
		case unix.SYS_FUTEX:
			wait = timespecIn(pid, args[3])
		case unix.SYS_NANOSLEEP:
			wait = timespecIn(pid, args[0])
		case unix.SYS_CLOCK_NANOSLEEP, unix.SYS_PPOLL:
			wait = timespecIn(pid, args[2])
		}
		if wait > 20*time.Millisecond && wait < 30*time.Second {
			return true
		}
	}
	return slices.ContainsFunc(children(pid), sleeps)
}

func timespecIn(pid int, at uint64) time.Duration {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil || at == 0 {
		return 0
	}
	defer memory.Close()
	var t unix.Timespec
	if _, err := memory.ReadAt(unsafe.Slice((*byte)(unsafe.Pointer(&t)), unsafe.Sizeof(t)), int64(at)); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
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
