package main

const audit uint32 = 0xc000003e // AUDIT_ARCH_X86_64
