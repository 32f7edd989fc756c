package build

// A Stage is how far a learner's container is. Each stage is judged by its own
// facts and by those of the stages before it.
type Stage int

const (
	Begin Stage = iota
	Namespaces
	TwoLives
	OwnProc
	Words
	Limit
	Gate
	Leave
	Root
	Walls
	Whole
)

// Stages are their names, in this order.
var Stages = []string{"run", "namespaces", "two-lives", "own-proc", "words", "limit", "gate", "leave", "root", "walls", "whole"}
