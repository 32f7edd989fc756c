//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A pair is a standard file as mydocker gets it, and its other end here.
type pair struct{ its, ours *os.File }

func (p pair) close() {
	p.its.Close()
	if p.ours != nil {
		p.ours.Close()
	}
}

// standardFiles makes one of each kind; input says which way it goes.
var standardFiles = map[string]func(t *testing.T, input bool) pair{
	"pipe": func(t *testing.T, input bool) pair {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if input {
			return pair{plain(t, read), write}
		}
		return pair{plain(t, write), read}
	},
	"socket": func(t *testing.T, _ bool) pair {
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return pair{os.NewFile(uintptr(ends[0]), "its"), os.NewFile(uintptr(ends[1]), "ours")}
	},
	"terminal": func(t *testing.T, _ bool) pair {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		return pair{slave, master}
	},
	"file": func(t *testing.T, input bool) pair {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte("words\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		flag := os.O_WRONLY | os.O_TRUNC
		if input {
			flag = os.O_RDONLY
		}
		file, err := os.OpenFile(name, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		return pair{file, nil}
	},
	"null": func(t *testing.T, _ bool) pair {
		file, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		return pair{file, nil}
	},
}

// plain returns the same file without Go's own use of O_NONBLOCK, which os/exec would
// undo.
func plain(t *testing.T, file *os.File) *os.File {
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), file.Name())
}

// startWith starts mydocker with this file as its standard file fd; the others are a
// pipe that is read and an empty input. A nil file is a closed one.
func startWith(t *testing.T, fd int, file *os.File, args ...string) (cmd *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	said = &bytes.Buffer{}
	cmd = command(t, args...)
	if file == nil { // os/exec has no way to say so
		self := cmd.Path
		cmd = exec.Command("sh", "-c", fmt.Sprintf(`exec "$0" "$@" %d>&-`, fd), self)
		if fd == 0 {
			cmd.Args[2] = `exec "$0" "$@" <&-`
		}
		link := filepath.Join(t.TempDir(), "mydocker") // TestMain goes by the name
		if err := os.Symlink(self, link); err != nil {
			t.Fatal(err)
		}
		cmd.Args[3] = link
		cmd.Args = append(cmd.Args, args...)
		cmd.Env = append(os.Environ(), "LANG=C")
	}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = time.Second
	switch {
	case file == nil:
	case fd == 0:
		cmd.Stdin = file
	case fd == 1:
		cmd.Stdout = file
	case fd == 2:
		cmd.Stderr = file
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// settled is how long a container takes to begin; an emulated machine, for which the
// tests are short, is slower.
func settled() time.Duration {
	if testing.Short() {
		return 5 * time.Second
	}
	return 300 * time.Millisecond
}

// endsWithin waits for mydocker's end and returns its exit status.
func endsWithin(t *testing.T, cmd *exec.Cmd, limit time.Duration) int {
	t.Helper()
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(limit):
		cmd.Process.Kill()
		<-ended
		sweep(t)
		t.Fatalf("it did not end within %v", limit)
	}
	return cmd.ProcessState.ExitCode()
}

// Whatever the standard output and error are, and whoever goes, the run ends within
// seconds, says little, and shows no goroutine.
func TestEveryWayOut(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	const goesOn, ends = "while :; do echo x; done", "echo x"
	for _, row := range []struct {
		kind, what string
		script     string
		status     int
	}{
		{"pipe", "reader gone", goesOn, 141},
		{"socket", "reader gone", goesOn, 141},
		{"terminal", "reader gone", goesOn, 141},
		{"pipe", "reader stands still", goesOn, 137},
		{"socket", "reader stands still", goesOn, 137},
		{"terminal", "reader stands still", goesOn, 137},
		{"file", "", ends, 0},
		{"null", "", ends, 0},
		{"closed", "", ends, 0},
	} {
		for fd := 1; fd <= 2; fd++ {
			t.Run(fmt.Sprintf("%d %s %s", fd, row.kind, row.what), func(t *testing.T) {
				t.Parallel()
				file := pair{}
				if row.kind != "closed" {
					file = standardFiles[row.kind](t, false)
					defer file.close()
				}
				script := row.script
				if fd == 2 {
					script = "exec >&2; " + script
				}
				cmd, said := startWith(t, fd, file.its, "run", "--rootfs", needRootfs(t), "sh", "-c", script)
				switch row.what {
				case "reader gone":
					file.its.Close()
					file.ours.Read(make([]byte, 1))
					file.ours.Close()
				case "reader stands still":
					time.Sleep(settled())
					for range 3 {
						cmd.Process.Signal(syscall.SIGTERM)
						time.Sleep(50 * time.Millisecond)
					}
				}
				if status := endsWithin(t, cmd, 20*time.Second); status != row.status {
					t.Errorf("exit status %d, want %d", status, row.status)
				}
				if said.Len() > 10<<10 || strings.Contains(said.String(), "goroutine") {
					t.Errorf("%d bytes: %.500s", said.Len(), said)
				}
			})
		}
	}
}

// The same for the standard input.
func TestEveryWayIn(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	for _, row := range []struct{ kind, what, want string }{
		{"pipe", "writer gone", "words\n"},
		{"socket", "writer gone", "words\n"},
		{"terminal", "writer gone", "words\n"},
		{"file", "", "words\n"},
		{"null", "", ""},
		{"closed", "", ""},
		{"pipe", "writer stands still", "words\n"},
		{"socket", "writer stands still", "words\n"},
		{"terminal", "writer stands still", "words\n"},
	} {
		t.Run(row.kind+" "+row.what, func(t *testing.T) {
			t.Parallel()
			file := pair{}
			if row.kind != "closed" {
				file = standardFiles[row.kind](t, true)
				defer file.close()
			}
			cmd, said := startWith(t, 0, file.its, "run", "-i", "--rootfs", needRootfs(t), "cat")
			if file.ours != nil {
				file.ours.WriteString("words\n")
			}
			want := 0
			switch row.what {
			case "writer gone":
				file.its.Close()
				time.Sleep(settled()) // a terminal drops what was not read
				file.ours.Close()
			case "writer stands still":
				time.Sleep(settled())
				want = 137
				for range 3 {
					cmd.Process.Signal(syscall.SIGTERM)
					time.Sleep(50 * time.Millisecond)
				}
			}
			if status := endsWithin(t, cmd, 20*time.Second); status != want {
				t.Errorf("exit status %d, want %d", status, want)
			}
			if got := said.String(); !strings.HasPrefix(got, row.want) || strings.Contains(got, "goroutine") || want == 0 && got != row.want {
				t.Errorf("%.500q, want %q", got, row.want)
			}
		})
	}
}

// What is non-blocking is waited for, arrives whole, and stays non-blocking: the
// flag is the caller's.
func TestNonBlockingFilesAreWholeAndStaySo(t *testing.T) {
	needRoot(t)
	leavesNothing(t)
	const size = 300_000
	nonBlocking := func(t *testing.T, file *os.File) {
		flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
		if err != nil || flags&unix.O_NONBLOCK == 0 {
			t.Errorf("flags %o, %v", flags, err)
		}
	}
	for _, kind := range []string{"pipe", "socket"} {
		t.Run("output "+kind, func(t *testing.T) {
			file := standardFiles[kind](t, false)
			defer file.close()
			if err := unix.SetNonblock(int(file.its.Fd()), true); err != nil {
				t.Fatal(err)
			}
			cmd, said := startWith(t, 1, file.its, "run", "--rootfs", needRootfs(t), "head", "-c", fmt.Sprint(size), "/dev/zero")
			time.Sleep(settled()) // it is full
			nonBlocking(t, file.its)
			file.its.Close()
			got, _ := io.ReadAll(file.ours)
			if status := endsWithin(t, cmd, 20*time.Second); status != 0 || len(got) != size {
				t.Errorf("exit status %d, %d bytes of %d: %s", status, len(got), size, said)
			}
		})
		t.Run("input "+kind, func(t *testing.T) {
			file := standardFiles[kind](t, true)
			defer file.close()
			if err := unix.SetNonblock(int(file.its.Fd()), true); err != nil {
				t.Fatal(err)
			}
			cmd, said := startWith(t, 0, file.its, "run", "-i", "--rootfs", needRootfs(t), "wc", "-c")
			for range 3 {
				time.Sleep(100 * time.Millisecond) // nothing to read yet
				file.ours.Write(make([]byte, size/3))
			}
			nonBlocking(t, file.its)
			file.its.Close()
			file.ours.Close()
			if status := endsWithin(t, cmd, 20*time.Second); status != 0 || strings.TrimSpace(said.String()) != fmt.Sprint(size) {
				t.Errorf("exit status %d, %s of %d bytes", status, said, size)
			}
		})
	}
}
