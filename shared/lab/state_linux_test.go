package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// open opens what is remembered with this where the file is, in a moment.
func open(t *testing.T, lay func(file string) error) *seat {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir, err := stateDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := lay(filepath.Join(dir, "labs-day.json")); err != nil {
		t.Fatal(err)
	}
	opened := opening(t)
	select {
	case s := <-opened:
		return s
	case <-time.After(5 * time.Second):
		t.Fatal("it waits")
	}
	return nil
}

func opening(t *testing.T) <-chan *seat {
	opened := make(chan *seat, 1)
	go func() {
		s, err := openSeat("day")
		if err != nil {
			t.Error(err)
		}
		opened <- s
	}()
	return opened
}

func TestWhatIsNoStateIsPutAside(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "labs-day.json")
	if err := os.WriteFile(elsewhere, []byte(`{"labs":{"one":{"ticket":4107,"verdict":"pass"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	text := func(text string) func(string) error {
		return func(file string) error { return os.WriteFile(file, []byte(text), 0o600) }
	}
	for name, lay := range map[string]func(string) error{
		"a FIFO":           func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"a link":           func(file string) error { return os.Symlink(elsewhere, file) },
		"a link to a FIFO": func(file string) error { return os.Symlink("/proc/self/fd/0", file) },
		"a directory":      func(file string) error { return os.Mkdir(file, 0o700) },
		"a socket": func(file string) error {
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(fd)
			return syscall.Bind(fd, &syscall.SockaddrUnix{Name: file})
		},
		"a huge one":       func(file string) error { return os.WriteFile(file, make([]byte, largest+1), 0o600) },
		"nothing":          text(""),
		"half":             text(`{"labs":{"one":{"ticket":4107,"verd`),
		"another's":        text(`[1,2]`),
		"no ticket":        text(`{"labs":{"one":{}}}`),
		"a null":           text(`{"labs":{"one":null}}`),
		"a wide ticket":    text(`{"labs":{"one":{"ticket":10000}}}`),
		"a negative count": text(`{"labs":{"one":{"ticket":4107,"tries":-1}}}`),
		"a number's limit": text(`{"labs":{"one":{"ticket":4107,"tries":1e40}}}`),
		"no verdict":       text(`{"labs":{"one":{"ticket":4107,"verdict":"PASS"}}}`),
		"no ID":            text("{\"labs\":{\"\\u001b[2J\":{\"ticket\":4107}}}"),
		"no hint":          text(`{"labs":{"one":{"ticket":4107,"hint":"../x"}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, lay)
			if len(s.Labs) != 0 || s.aside == "" {
				t.Errorf("%+v", s)
			}
			if err := s.note("one", No("goal", "hint", "")); err != nil {
				t.Error(err)
			}
			if again := <-opening(t); again.aside != "" || again.Labs["one"].Hint != "hint" {
				t.Errorf("%+v", again)
			}
		})
	}
	if text, err := os.ReadFile(elsewhere); err != nil || !strings.Contains(string(text), "4107") {
		t.Errorf("the link was followed: %s %v", text, err)
	}
}

func TestSomebodyElsesState(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give files away")
	}
	s := open(t, func(file string) error {
		err := os.WriteFile(file, []byte(`{"labs":{"one":{"ticket":4107,"verdict":"pass"}}}`), 0o644)
		if err != nil {
			return err
		}
		return os.Chown(file, 1234, 1234)
	})
	if len(s.Labs) != 0 || s.aside == "" {
		t.Errorf("%+v", s)
	}
	if err := os.Chown(filepath.Dir(s.file), 1234, 1234); err != nil {
		t.Fatal(err)
	}
	if _, err := openSeat("day"); err == nil {
		t.Error("somebody else's directory is taken")
	}
	t.Setenv("SUDO_UID", "1234")
	s, err := openSeat("day")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.note("one", No("goal", "hint", "")); err != nil {
		t.Fatal(err)
	}
	var stat syscall.Stat_t
	if err := syscall.Stat(s.file, &stat); err != nil || stat.Uid != 1234 {
		t.Errorf("with sudo, what is written belongs to %d, not to who has called it: %v", stat.Uid, err)
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"labs":{"own-name":{"ticket":4107,"verdict":"pass","tries":3,"asked":0,"since":"2026-01-02T03:04:05Z","seconds":7}}}`))
	f.Add([]byte(`{"labs":{"which-wall":{"ticket":9999,"answer":"uts","wrong":2,"verdict":"not yet","hint":"uts-stands"}}}`))
	f.Add([]byte(`{"labs":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := seat{Labs: map[string]*record{}}
		if s.parse(text) != nil {
			return
		}
		written, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		again := seat{Labs: map[string]*record{}}
		if err := again.parse(written); err != nil || s.Labs == nil || len(again.Labs) != len(s.Labs) {
			t.Fatalf("%v: %s", err, written)
		}
	})
}
