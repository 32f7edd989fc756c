//go:build !linux

package host

import (
	"errors"

	"mydocker.example/shared/lang"
)

func tryNamespaces() error { return errors.ErrUnsupported }

func lowestLimit() string { return "" }

func isMachinesRoot() bool { return true }

func inChroot() bool { return false }

// Forbidden says what to do where a security module has forbidden something to root.
func Forbidden(error) lang.Text { return lang.Text{} }

func mayAdminister() bool { return true }
