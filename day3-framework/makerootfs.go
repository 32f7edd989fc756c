//go:build linux

package main

func makeRootfs(args []string) int { return 0 }
