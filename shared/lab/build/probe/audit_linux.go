//go:build !386 && !amd64 && !arm64

package main

const audit uint32 = 0 // no filter
