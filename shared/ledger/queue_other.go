//go:build !linux

package ledger

import "errors"

func removeQueue(string, func(string)) error { return errors.ErrUnsupported }

func queueExists(string) bool { return false }
