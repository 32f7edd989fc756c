//go:build !linux

package ledger

import "errors"

func removeHierarchy(string, func(string)) error { return errors.ErrUnsupported }
