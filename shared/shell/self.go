package shell

import (
	"os"

	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
)

// Self returns the path of this program, for a command that a learner may type as
// well. Go run's file goes when the lesson ends: then it says how to have one that
// stays, once.
func (sh *Shell) Self() string {
	path, err := os.Executable()
	if err != nil {
		return "/proc/self/exe"
	}
	if host.UnderGoRun() && !sh.toldSelf {
		sh.toldSelf = true
		sh.Hint(lang.Text{
			EN: "go run's program, in " + path + ", goes when the lesson ends; to type such a line later, build one that stays and begin with it:",
			ZH: "go run 编译出的程序 " + path + " 在课程结束时就删掉了；以后想自己输入这样的命令，请先编译一个留得住的，再用它上课：",
		}, host.Build())
	}
	return path
}
