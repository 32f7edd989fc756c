//go:build !linux

package host

import "errors"

func tryNamespaces() error { return errors.ErrUnsupported }

func lowestLimit() string { return "" }
