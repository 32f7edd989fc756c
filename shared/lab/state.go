package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// A seat is what is remembered of one learner's labs of a day.
type seat struct {
	file string
	Labs map[string]*record `json:"labs"`
}

// A record is how far one lab is.
type record struct {
	Ticket int       `json:"ticket"`
	Result Result    `json:"verdict,omitempty"`
	Hint   string    `json:"hint,omitempty"`
	Tries  int       `json:"tries"` // verdicts that were another than the last
	Asked  int       `json:"asked"` // hints
	Since  time.Time `json:"since"`
}

// largest is more than any day's labs take.
const largest = 64 << 10

// stateDir follows the XDG Base Directory Specification: a path that is not absolute
// is ignored.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "mydocker-workshop"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local/state/mydocker-workshop"), nil
}

// openSeat reads what is remembered. A file that can't be understood is kept under
// another name, and the learner begins anew.
func openSeat(day string) (*seat, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &seat{file: filepath.Join(dir, "labs-"+day+".json")}
	file, err := os.Open(s.file)
	if err == nil {
		defer file.Close()
		text, readErr := io.ReadAll(io.LimitReader(file, largest))
		if readErr != nil {
			return nil, readErr
		}
		if err = s.parse(text); err != nil {
			err = os.Rename(s.file, s.file+".bad")
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if s.Labs == nil {
		s.Labs = map[string]*record{}
	}
	return s, nil
}

func (s *seat) parse(text []byte) error {
	if err := json.Unmarshal(text, s); err != nil {
		s.Labs = nil
		return err
	}
	for id, r := range s.Labs {
		if r == nil || r.Ticket < 1000 || r.Ticket > 9999 {
			s.Labs = nil
			return fmt.Errorf("%s: no ticket", id)
		}
	}
	return nil
}

// of returns a lab's record; the first time it draws a ticket.
func (s *seat) of(id string) *record {
	if s.Labs[id] == nil {
		s.Labs[id] = &record{Ticket: 1000 + rand.IntN(9000), Since: time.Now()}
	}
	return s.Labs[id]
}

// note remembers a verdict. What has passed stays so.
func (s *seat) note(id string, v Verdict) error {
	r := s.of(id)
	if r.Result != v.Result || r.Hint != v.Hint {
		r.Tries++
	}
	if r.Result != Pass { // cleaning up afterwards does not take it back; reset does
		r.Result, r.Hint = v.Result, v.Hint
	}
	return s.save()
}

// save replaces the file whole: who reads it meanwhile sees the one or the other.
func (s *seat) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(s.file), ".labs-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(append(text, '\n'))
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), s.file)
}
