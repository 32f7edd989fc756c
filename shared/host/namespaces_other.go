//go:build !linux

package host

import "errors"

func tryNamespaces() error { return errors.ErrUnsupported }

func lowestLimit() string { return "" }

func isMachinesRoot() bool { return true }

func mayAdminister() bool { return true }
