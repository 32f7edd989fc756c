package lesson

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/shell"
)

// refuse says what to do on a machine that lacks something. Where root is all
// that is missing and somebody is there, it offers to start again as root.
func (c Chapter) refuse(lacking []host.Check, screen shell.Screen, o options, args []string) int {
	if sudo, err := exec.LookPath("sudo"); err == nil && onlyRoot(lacking) && o.interactive() {
		question := lang.Text{EN: "Start again with sudo? [Y/n] ", ZH: "用 sudo 重新开始？[Y/n] "}.In(o.lang)
		if answer, ok := ask(context.Background(), question); ok && !strings.HasPrefix(strings.ToLower(answer), "n") {
			screen.Problem(startAgain(sudo, o, args))
			return Cannot
		}
	}
	screen.Note(verdict(lacking, screen.Plain))
	screen.Hint(lang.Text{EN: "every check:", ZH: "全部检查："}, host.Start(c.Name, false, "doctor"))
	return Cannot
}

// startAgain replaces this program with itself under sudo. sudo keeps little of
// the environment, so what decides language and colour goes as flags, before
// the learner's own, which win.
func startAgain(sudo string, o options, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	again := []string{"sudo", self, "--lang=" + string(o.lang)}
	if os.Getenv("NO_COLOR") != "" {
		again = append(again, "--color=never")
	}
	return syscall.Exec(sudo, append(again, args...), os.Environ())
}
