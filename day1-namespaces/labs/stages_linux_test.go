package labs

import (
	"testing"

	"mydocker.example/shared/lab/build/buildtest"
)

func TestStages(t *testing.T) { buildtest.Stages(t, "run", "namespaces") }
