// It prints a gigabyte.
package main

import "os"

func main() {
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = 'x'
	}
	for range 1024 {
		os.Stdout.Write(block)
	}
}
