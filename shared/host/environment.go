package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"mydocker.example/shared/lang"
)

// What the environment says is looked at before it is believed: it may be
// another user's, left by su or sudo, or point to what is not there.

// TempDir returns where temporary files go: TMPDIR, where that is a directory in
// which we may make some, else /tmp.
func TempDir() string {
	if dir := os.Getenv("TMPDIR"); isUsable(dir) {
		return filepath.Clean(dir)
	}
	return "/tmp"
}

// RuntimeDir returns XDG_RUNTIME_DIR, where it is what the XDG Base Directory
// Specification says: a directory of this user's with the mode 0700. Else the one
// that systemd makes for this user, for a shell that su has started knows nothing
// of it; else "".
func RuntimeDir() string {
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/run/user/" + strconv.Itoa(os.Geteuid())} {
		info, err := os.Stat(dir)
		if err == nil && ownedByUs(info) && info.Mode().Perm() == 0o700 && isUsable(dir) {
			return filepath.Clean(dir)
		}
	}
	return ""
}

// StateDir returns XDG_STATE_HOME, where it is absolute, as the XDG Base Directory
// Specification wants it, and this user's or could be made by this user; else
// .local/state in the home directory.
func StateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) && isOursToMake(dir) {
		return filepath.Clean(dir), nil
	}
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = lang.Errorf(lang.Text{EN: "HOME is %s, which is another place wherever one is", ZH: "HOME 是 %s，不是绝对路径"}, home)
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local/state"), nil
}

// isOursToMake reports whether the directory, or the nearest one above it that is there,
// belongs to this user or can be written.
func isOursToMake(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && dir != "/" {
			continue
		}
		return err == nil && info.IsDir() && (ownedByUs(info) || MayWrite(dir))
	}
}

// isUsable reports whether dir is a directory, by a path that stays the same
// wherever one is, in which this process may make files.
func isUsable(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && filepath.IsAbs(dir) && info.IsDir() && MayWrite(dir)
}

// UsualPath is PATH where it is not set, as shells have it.
const UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// SetPath gives this program and those that it starts a PATH where they have
// none, as after env -i.
func SetPath() {
	if os.Getenv("PATH") == "" {
		os.Setenv("PATH", UsualPath)
	}
}
