package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mydocker.example/shared/lab"
)

// What does not compile is the compiler's to say.
func TestABrokenFile(t *testing.T) {
	if err := exec.Command("go", "build", "-o", os.DevNull, "fmt").Run(); err != nil {
		t.Skip("there is no compiler that works for this user: ", err)
	}
	var refusal *lab.Refusal
	if _, err := tryFile(Begin, brokenFile(t), 4107); !errors.As(err, &refusal) {
		t.Errorf("%v, want what the compiler says", err)
	}
}

// Without go nothing can be told.
func TestWithoutGo(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("GOROOT", "/nonesuch")
	var refusal *lab.Refusal
	if _, err := tryFile(Begin, brokenFile(t), 4107); err == nil || errors.As(err, &refusal) {
		t.Errorf("without go: %v", err)
	}
}

func brokenFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "container.go")
	if err := os.WriteFile(file, []byte("package main\n\nfunc main( {\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
