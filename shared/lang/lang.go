// Package lang holds what the workshop says outside its chapters, in both
// languages side by side, so that neither can be forgotten.
package lang

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A Language is "en" or "zh", as --lang takes it.
type Language string

const (
	English Language = "en"
	Chinese Language = "zh"
)

// FromEnv reads the language from LC_ALL, LC_MESSAGES and LANG, the first one
// that is set deciding, as locale(7) has it. Anything but Chinese is English, and
// so is Chinese for a terminal that shows another codeset than UTF-8, zh_CN.GBK
// say: every character of ours would be two or three wrong ones there. The
// terminal's is LC_CTYPE's, where that is set.
func FromEnv(getenv func(string) string) Language {
	first := func(names ...string) (string, string) {
		for _, name := range names {
			if value := getenv(name); value != "" {
				locale, _, _ := strings.Cut(strings.ToLower(value), "@") // a modifier
				locale, codeset, _ := strings.Cut(locale, ".")
				return locale, codeset
			}
		}
		return "", ""
	}
	isUTF8 := func(codeset string) bool { return slices.Contains([]string{"", "utf-8", "utf8"}, codeset) }
	words, wordsIn := first("LC_ALL", "LC_MESSAGES", "LANG")
	letters, lettersIn := first("LC_ALL", "LC_CTYPE")
	if letters == "c" || letters == "posix" {
		lettersIn = cmp.Or(lettersIn, "ascii")
	}
	if language, _, _ := strings.Cut(words, "_"); language == "zh" && isUTF8(wordsIn) && isUTF8(lettersIn) {
		return Chinese
	}
	return English
}

// A Text is one sentence in English and in Chinese.
type Text struct{ EN, ZH string }

// Same is a text that needs no translation.
func Same(text string) Text { return Text{EN: text, ZH: text} }

// In returns the text in language l.
func (t Text) In(l Language) string {
	if l == Chinese {
		return t.ZH
	}
	return t.EN
}

// And returns both texts, one behind the other.
func (t Text) And(other Text) Text { return Text{EN: t.EN + other.EN, ZH: t.ZH + other.ZH} }

// An Error is an error together with what to do about it.
type Error struct {
	Err  error
	Cure Text
}

// WithCure adds a cure to err; a nil err stays nil, and no cure adds nothing.
func WithCure(err error, cure Text) error {
	if err == nil || cure == (Text{}) {
		return err
	}
	return &Error{err, cure}
}

func (e *Error) Error() string { return e.Err.Error() + ": " + e.Cure.EN }
func (e *Error) Unwrap() error { return e.Err }

// A problem is an error in words of our own. The kernel's have one language.
type problem struct{ Text }

func (p *problem) Error() string { return p.EN }

// Errorf returns an error whose words are our own, and so in both languages.
func Errorf(format Text, args ...any) error {
	if len(args) == 0 {
		return &problem{format}
	}
	return &problem{Text{EN: fmt.Sprintf(format.EN, args...), ZH: fmt.Sprintf(format.ZH, args...)}}
}

// Explain returns err's message, without its cures, and the cures, which are empty
// for an error that carries none, but for a file system that is full, or on which root
// has no rights. Both are in language l, as far as the words are our own. Of joined
// errors each is explained by itself.
func Explain(err error, l Language) (message, cure string) {
	if err == nil {
		return "", ""
	}
	var messages, cures []string
	for _, one := range parts(err) {
		message := one.Error()
		add := func(cure string) {
			if cure != "" && !slices.Contains(cures, cure) {
				cures = append(cures, cure)
			}
		}
		for _, e := range tree(one) {
			switch e := e.(type) {
			case *Error:
				message = strings.Replace(message, ": "+e.Cure.EN, "", 1)
				add(e.Cure.In(l))
			case *fs.PathError:
				add(refused(e.Op, e.Path, e.Err).In(l))
			case *os.LinkError:
				add(refused(e.Op, e.New, e.Err).In(l))
			case *problem:
				message = strings.Replace(message, e.EN, e.In(l), 1)
			}
		}
		messages = append(messages, message)
	}
	return strings.Join(messages, "\n"), strings.Join(cures, Text{EN: "; ", ZH: "；"}.In(l))
}

// refused says what to do where a file system refuses a file for want of room, or
// refuses it to root, whom nothing else stops. Of a program to start, and in /proc and
// /sys, the same words mean other things.
func refused(doing, path string, err error) Text {
	if doing == "fork/exec" || strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/") {
		return Text{}
	}
	if number, standard := map[string]string{"/dev/stdout": "1", "/dev/stderr": "2"}[path]; standard {
		if path, _ = os.Readlink("/proc/self/fd/" + number); !filepath.IsAbs(path) { // a pipe
			return Text{}
		}
	}
	dir := filepath.Dir(path)
	for _, err := os.Stat(dir); err != nil && dir != filepath.Dir(dir); _, err = os.Stat(dir) {
		dir = filepath.Dir(dir) // it was taken back
	}
	switch {
	case errors.Is(err, syscall.EACCES) && os.Geteuid() == 0:
		return Text{
			EN: "root has no right there: on a network file system (NFS, FUSE) root may be nobody, and AppArmor or SELinux may forbid it (dmesg); use a directory on this machine's own disk, such as /tmp",
			ZH: "root 在那里没有权限：在网络文件系统（NFS、FUSE）上 root 可能被当成 nobody，AppArmor 或 SELinux 也可能禁止（看 dmesg）；请换一个在本机磁盘上的目录，例如 /tmp",
		}
	case errors.Is(err, syscall.ENOSPC):
		return Text{
			EN: "make room there: df -h " + dir + " shows how much there is, df -i how many files",
			ZH: "请腾出空间：df -h " + dir + " 看还剩多少，df -i 看还能建多少文件",
		}
	case errors.Is(err, syscall.EFBIG):
		return Text{
			EN: "ulimit -f is too small for this file: ulimit -f unlimited, in a new terminal",
			ZH: "ulimit -f 太小，写不下这个文件：请在新终端里执行 ulimit -f unlimited",
		}
	case errors.Is(err, syscall.EDQUOT):
		return Text{
			EN: "your quota is used up: quota -s shows it; remove something of yours on that disk",
			ZH: "你的磁盘配额用完了：用 quota -s 查看；请删掉自己在那个盘上的一些文件",
		}
	}
	return Text{}
}

// parts lists the errors that errors.Join has joined.
func parts(err error) (list []error) {
	joined, several := err.(interface{ Unwrap() []error })
	if !several {
		return []error{err}
	}
	for _, one := range joined.Unwrap() {
		list = append(list, parts(one)...)
	}
	return list
}

// tree lists err and all that it wraps, as errors.Is walks through it.
func tree(err error) []error {
	list := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			list = append(list, tree(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			list = append(list, tree(inner)...)
		}
	}
	return list
}
