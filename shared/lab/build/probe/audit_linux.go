//go:build !amd64 && !arm64

package main

const audit uint32 = 0 // no filter
