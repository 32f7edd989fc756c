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
	"slices"
	"strings"
	"time"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// A seat is what is remembered of one learner's labs of a day.
type seat struct {
	file  string
	aside string             // where what could not be understood is kept; "" where all could
	lost  bool               // the last save failed: what is here is all there is
	said  bool               // and that was said
	Labs  map[string]*record `json:"labs"`
}

// A record is how far one lab is.
type record struct {
	Ticket int       `json:"ticket"`
	Answer string    `json:"answer,omitempty"`
	Wrong  int       `json:"wrong,omitempty"` // answers since the ticket was drawn
	Result Result    `json:"verdict,omitempty"`
	Hint   string    `json:"hint,omitempty"`
	Tries  int       `json:"tries"` // verdicts that were another than the last
	Asked  int       `json:"asked"` // hints
	Since  time.Time `json:"since"`

	Seconds int `json:"seconds"` // from then to the last verdict that counted
}

// largest is more than any day's labs take.
const largest = 64 << 10

// stateDir is where progress is remembered.
func stateDir() (string, error) {
	dir, err := host.StateDir()
	return filepath.Join(dir, "mydocker-workshop"), err
}

// openSeat reads what is remembered. What can't be understood is kept under another
// name, and the learner begins anew.
func openSeat(day string) (*seat, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	s := &seat{file: filepath.Join(dir, "labs-"+day+".json"), Labs: map[string]*record{}}
	if err := oursAlone(dir); err != nil {
		return nil, err
	}
	text, err := readOurs(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if info, statErr := os.Lstat(s.file); err != nil && statErr == nil && isSmallFileOfOurs(info) {
		return nil, err // it may be readable another time: no right, a disk that fails
	}
	if err == nil {
		err = s.parse(text)
	}
	if err != nil {
		s.aside = s.file + ".bad"
		return s, os.Rename(s.file, s.aside)
	}
	return s, nil
}

// oursAlone reports an error where somebody else could change what is remembered: the
// directory is read by root too.
func oursAlone(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir() || !isOurs(info):
		return lang.Errorf(lang.Text{EN: "%s is no directory of yours", ZH: "%s 不是你自己的目录"}, dir)
	}
	return nil
}

// readOurs reads a small file. It follows no link, waits for no FIFO, and reads what is
// ours alone.
func readOurs(name string) ([]byte, error) {
	file, err := openNoFollow(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !isSmallFileOfOurs(info) {
		return nil, fmt.Errorf("%s: no small file of ours", name)
	}
	return io.ReadAll(io.LimitReader(file, largest))
}

func isSmallFileOfOurs(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && isOurs(info) && info.Size() <= largest
}

func (s *seat) parse(text []byte) error {
	var read seat
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	for id, r := range read.Labs {
		if r == nil || r.Ticket < 1000 || r.Ticket > 9999 || r.Tries < 0 || r.Asked < 0 || r.Wrong < 0 || r.Seconds < 0 ||
			!isID(id) || r.Hint != "" && !isID(r.Hint) || r.Answer != "" && !isID(r.Answer) ||
			!slices.Contains([]Result{"", Pass, NotYet, CannotTell}, r.Result) {
			return fmt.Errorf("%q: this is not what was written", id)
		}
	}
	if read.Labs != nil {
		s.Labs = read.Labs
	}
	return nil
}

// isID reports whether a text may be the ID of a lab or a hint. (No regexp: it would be
// in mydocker too, which sets its packages up at each start.)
func isID(text string) bool {
	return text != "" && len(text) <= 40 && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", r)
	})
}

// of returns a lab's record; the first time it draws a ticket.
func (s *seat) of(id string) *record {
	if s.Labs[id] == nil {
		s.Labs[id] = &record{Ticket: ticket(), Since: time.Now()}
	}
	return s.Labs[id]
}

func ticket() int { return 1000 + rand.IntN(9000) }

// note remembers a verdict. What has passed stays so.
func (s *seat) note(id string, v Verdict) error {
	r := s.of(id)
	if r.Result == v.Result && r.Hint == v.Hint && exists(s.file) {
		return nil
	}
	r.Tries++
	r.Hint = v.Hint
	if r.Result != Pass { // cleaning up afterwards does not take it back; reset does
		r.Result = v.Result
		r.Seconds = max(0, int(time.Since(r.Since).Seconds()))
	}
	return s.save()
}

// passedOn says when a lab has passed.
func (r *record) passedOn() lang.Text {
	when := r.Since.Add(time.Duration(r.Seconds) * time.Second).Local().Format("2006-01-02 15:04")
	return lang.Text{EN: "You passed this lab on " + when + ", and that stays.", ZH: "这个练习你在 " + when + " 已经通过，一直算数。"}
}

func (s *seat) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = replace(s.file, append(text, '\n'))
	}
	s.lost = err != nil
	return err
}

// replace replaces a file whole: who reads it meanwhile sees the one or the other.
func replace(name string, text []byte) error {
	dir := filepath.Dir(name)
	if err := makeDir(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".labs-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Close(), likeParent(temporary.Name())); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// makeDir makes a directory and those above it. A sudo that keeps HOME makes them in
// the learner's own, who must be able to use them without it.
func makeDir(dir string, mode fs.FileMode) error {
	if there, err := isThere(dir); there || err != nil {
		return err
	}
	if err := makeDir(filepath.Dir(dir), mode); err != nil {
		return err
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return likeParent(dir)
}
