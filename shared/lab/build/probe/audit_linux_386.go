package main

const audit uint32 = 0x40000003 // AUDIT_ARCH_I386
