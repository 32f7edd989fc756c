// Package labs has day 3's labs. Their texts are in the chapter's READMEs.
package labs

import (
	"embed"

	"mydocker.example/shared/lab"
	"mydocker.example/shared/lab/build"
)

// All are the labs in the order in which they are to be done: by hand, and then the
// stages of the learner's own container.
func All() []lab.Lab { return append(ByHand(), build.Labs(files, stages...)...) }

var stages = []string{"root", "walls", "whole"}

//go:embed skeletons solutions
var files embed.FS
