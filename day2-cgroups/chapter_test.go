//go:build linux

package main

import (
	"testing"

	"mydocker.example/shared/lesson/lessontest"
)

func TestTextsAndCodeAreOne(t *testing.T) { lessontest.Texts(t) }
