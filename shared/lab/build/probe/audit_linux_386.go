package main

import "golang.org/x/sys/unix"

const audit uint32 = 0x40000003 // AUDIT_ARCH_I386

func init() { asked = append(asked, unix.SYS_SENDFILE64) }
