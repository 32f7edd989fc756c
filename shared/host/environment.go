package host

import (
	"os"
	"path/filepath"
	"strconv"
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
