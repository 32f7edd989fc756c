//go:build !linux

package ledger

import "errors"

func removeHierarchy(string, func(string)) error { return errors.ErrUnsupported }

func removeQueue(string, func(string)) error { return errors.ErrUnsupported }

func queueExists(string) bool { return false }

func umount(string, func(string)) error { return errors.ErrUnsupported }

func onCgroup(string) (bool, error) { return false, nil }
