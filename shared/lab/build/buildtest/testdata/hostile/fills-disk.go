// It fills every directory that it may write.
package main

import (
	"os"
	"path/filepath"
)

func main() {
	block := make([]byte, 1<<20)
	for _, dir := range append([]string{os.Getenv("LAB_CANARY")}, "/tmp", "/var/tmp", "/dev/shm", "/run", "/tmp/lab/root") {
		f, err := os.Create(filepath.Join(dir, "fill"))
		for range 4096 {
			if err == nil {
				_, err = f.Write(block)
			}
		}
	}
}
