package main

const audit uint32 = 0xc00000b7 // AUDIT_ARCH_AARCH64
