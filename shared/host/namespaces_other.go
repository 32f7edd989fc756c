//go:build !linux

package host

import "errors"

func tryNamespaces() error { return errors.ErrUnsupported }
