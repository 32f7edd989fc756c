package labs

import (
	"testing"

	"mydocker.example/shared/lab/build/buildtest"
)

func TestStages(t *testing.T) { buildtest.Stages(t, stages...) }

func TestTheChapterHasTheStages(t *testing.T) { buildtest.Chapter(t, stages...) }

func TestStagesInADelegatedGroup(t *testing.T) { buildtest.Delegated(t) }
