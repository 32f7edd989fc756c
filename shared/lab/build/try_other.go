//go:build !linux

package build

import "errors"

func tryFile(Stage, string, int) (o Observation, err error) {
	return o, errors.New("containers are Linux's")
}
