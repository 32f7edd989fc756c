package host

import (
	"fmt"

	"golang.org/x/sys/unix"

	"mydocker.example/shared/lang"
)

// Limits checks what the shell's ulimit leaves to a lesson: getrlimit(2).
func Limits() Check {
	c := Check{What: lang.Same("ulimit"), Found: lang.Text{EN: "high enough", ZH: "够用"}}
	for _, limit := range []struct {
		option   string
		resource int
		least    uint64
		unit     uint64 // in which ulimit takes it
	}{
		{"-n", unix.RLIMIT_NOFILE, 64, 1},
		{"-f", unix.RLIMIT_FSIZE, 8 << 20, 512}, // a ledger, and the files of day 3's rootfs
	} {
		var have unix.Rlimit
		if err := unix.Getrlimit(limit.resource, &have); err == nil && have.Cur < limit.least {
			c.Status = No
			c.Found = lang.Same(fmt.Sprintf("ulimit %s %d", limit.option, have.Cur/limit.unit))
			c.Cure = lang.Text{
				EN: fmt.Sprintf("it takes %d: in a new terminal ulimit %s %d", limit.least/limit.unit, limit.option, limit.least/limit.unit),
				ZH: fmt.Sprintf("需要 %d：请在新终端里执行 ulimit %s %d", limit.least/limit.unit, limit.option, limit.least/limit.unit),
			}
			return c
		}
	}
	return c
}
