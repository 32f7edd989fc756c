//go:build linux

package main

// growStack gives its caller a stack of 16 KiB. Go's begin with 2 KiB, and one
// that is too small is copied to one twice as large, with all that lies on it.
// Both of mydocker's lives do that at once, while little lies there: each copy
// reads the program's tables of what lies on its stack, 0.25 MB of them in all.
//
//go:noinline
func growStack() {
	var frame [14 << 10]byte
	touch(&frame)
}

//go:noinline
func touch(*[14 << 10]byte) {}
