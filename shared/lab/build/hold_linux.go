package build

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
// reported, and been looked at, or until all that the program has started waits for the
// write. Whoever starts the command before it is in the group is caught, however fast
// they are, and however long they sleep before.
type hold struct {
	asks     int
	launcher int
	longest  time.Duration // after which nothing is told
	reported chan struct{} // closed once writes need not wait any more
	free     func()
	held     sync.Map // the threads whose writes wait
	ranOut   atomic.Bool
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

func newHold(host *machine) *hold {
	h := &hold{asks: host.asks, launcher: host.launcher, longest: host.patience / 2, reported: make(chan struct{})}
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
		h.held.Store(int(q.pid), true)
		go func() {
			h.keep(over)
			h.held.Delete(int(q.pid))
			h.goOn(q)
		}()
	}
}

// keep returns when a write need not wait any more.
func (h *hold) keep(over <-chan struct{}) {
	before := ""
	for end := time.Now().Add(h.longest); time.Now().Before(end); {
		select {
		case <-h.reported:
			return
		case <-over:
			return
		case <-time.After(20 * time.Millisecond):
		}
		now := h.atRest()
		if now != "" && now == before { // nothing comes any more without the write
			return
		}
		before = now
	}
	h.ranOut.Store(true)
}

// atRest returns "" unless each thread of the program, and of all that it has started,
// waits without an end for another. Else it returns who they are and how often they have
// waited: if that is the same twice, none has run in between, nor will.
func (h *hold) atRest() string {
	probe, err := os.Stat(fmt.Sprintf("/proc/%d/root%s", h.launcher, Probe))
	if err != nil {
		return ""
	}
	var all strings.Builder
	var rests func(pid int) bool
	rests = func(pid int) bool {
		if strings.HasPrefix(field(pid, "State"), "Z") {
			return true
		}
		program, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil || os.SameFile(program, probe) { // which waits for us
			return false
		}
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		for _, thread := range threads {
			tid, _ := strconv.Atoi(filepath.Base(thread))
			status, _ := os.ReadFile(thread + "/status")
			_, held := h.held.Load(tid)
			if !strings.HasPrefix(FieldOf(string(status), "State"), "S") || !held && !waits(pid, tid) {
				return false
			}
			fmt.Fprintln(&all, tid, FieldOf(string(status), "voluntary_ctxt_switches"))
		}
		return len(threads) > 0 && !slices.ContainsFunc(children(pid), func(kid int) bool { return !rests(kid) })
	}
	if slices.ContainsFunc(children(h.launcher), func(program int) bool { return !rests(program) }) {
		return ""
	}
	return all.String()
}

// waits reports whether a thread waits for another: for half a minute at least, because
// Go's own threads wake up each minute where nothing happens.
func waits(pid, tid int) bool {
	const long, futexTime64 = 30, 422 // seconds; the second is 32-bit programs'
	var number int64
	var args [4]uint64
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/syscall", pid, tid))
	if n, _ := fmt.Sscanf(string(text), "%d 0x%x 0x%x 0x%x 0x%x", &number, &args[0], &args[1], &args[2], &args[3]); n < 5 {
		return false // it runs
	}
	switch number {
	case unix.SYS_READ, unix.SYS_WAIT4, unix.SYS_WAITID:
		return true
	case unix.SYS_EPOLL_PWAIT:
		return int32(args[3]) < 0 || int32(args[3]) >= long*1000
	case unix.SYS_FUTEX, futexTime64:
		switch operation := args[1] & 0x7f; {
		case operation == 0 && args[3] != 0: // FUTEX_WAIT, with an end
			return numberAt(pid, args[3], number == futexTime64) >= long
		default:
			return (operation == 0 || operation == 9) && args[3] == 0 // FUTEX_WAIT_BITSET
		}
	}
	return false
}

// numberAt is the first number of a struct timespec in a process's memory, the seconds;
// 0 where it can't be read.
func numberAt(pid int, at uint64, wide bool) int64 {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0
	}
	defer memory.Close()
	var seconds [8]byte
	size := unsafe.Sizeof(unix.Timespec{}.Sec)
	if wide {
		size = 8
	}
	if _, err := memory.ReadAt(seconds[:size], int64(at)); err != nil {
		return 0
	}
	return int64(binary.NativeEndian.Uint64(seconds[:]))
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
