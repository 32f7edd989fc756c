package lab

import (
	"io/fs"
	"os"
)

func openNoFollow(name string) (*os.File, error) { return os.Open(name) }

func isOurs(fs.FileInfo) bool { return true }

func likeParent(string) error { return nil }
