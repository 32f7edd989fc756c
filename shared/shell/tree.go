package shell

import "mydocker.example/shared/ledger"

// Tree records a directory that another program is going to make and fill.
func (sh *Shell) Tree(dir string) { sh.record(ledger.Tree, sh.path(dir)) }
