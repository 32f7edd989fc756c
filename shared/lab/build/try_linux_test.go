package build

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mydocker.example/shared/lab"
)

// Without go nothing can be told, and what does not compile is the compiler's to say.
func TestWithoutGoAndWithABrokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "container.go")
	if err := os.WriteFile(file, []byte("package main\n\nfunc main( {\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var refusal *lab.Refusal
	if _, err := tryFile(Begin, file, 4107); !errors.As(err, &refusal) {
		t.Errorf("%v, want what the compiler says", err)
	}
	t.Setenv("PATH", "")
	t.Setenv("GOROOT", "/nonesuch")
	if _, err := tryFile(Begin, file, 4107); err == nil || errors.As(err, &refusal) {
		t.Errorf("without go: %v", err)
	}
}
