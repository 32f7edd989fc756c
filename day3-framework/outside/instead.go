//go:build linux

package outside

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// docker has what mydocker has not: insteadOf returns, for a sub-command, or a flag
// of run as it is typed, what to do instead; nothing for what docker has not either.
func insteadOf(word string) (text lang.Text) {
	const groups = "find /sys/fs/cgroup -path '*/mydocker/*' -name cgroup.procs"
	switch word {
	case "ps", "top", "stats":
		text = lang.Text{
			EN: "each container is a group, and its processes are in there: " + groups + " -exec cat {} +",
			ZH: "每个容器就是一个控制组，进程都列在里面：" + groups + " -exec cat {} +",
		}
	case "exec", "attach":
		text = lang.Text{
			EN: "find the PID in the container's group (" + groups + "), then: sudo nsenter -t PID -a sh",
			ZH: "先在容器的控制组里找到 PID（" + groups + "），再：sudo nsenter -t PID -a sh",
		}
	case "stop", "kill":
		text = lang.Text{
			EN: "a signal to mydocker run reaches the container: kill PID, or three times Ctrl-C",
			ZH: "发给 mydocker run 的信号会转给容器：kill PID，或连按三次 Ctrl-C",
		}
	case "images", "pull", "build", "push", "save", "import":
		text = lang.Text{
			EN: "there are no images in this workshop; mydocker rootfs DIR makes files for a container. Words to search for: overlayfs, OCI image-spec",
			ZH: "本教程没有镜像；mydocker rootfs 目录 给容器做一套文件。可以搜索：overlayfs、OCI image-spec",
		}
	case "rm", "rmi", "start", "restart", "create", "logs", "inspect", "cp", "commit":
		text = lang.Text{
			EN: "a container here lives as long as its mydocker run, and nothing of it stays. Words to search for: containerd-shim, setns(2)",
			ZH: "这里的容器和它的 mydocker run 同生同灭，什么也不留下。可以搜索：containerd-shim、setns(2)",
		}
	case "network", "-p", "--publish", "-P", "--publish-all", "--dns", "--ip":
		text = lang.Text{
			EN: "there is --network none and host, no more, in this workshop. Words to search for: veth(4), bridge, nftables NAT",
			ZH: "本教程只有 --network none 和 host。可以搜索：veth(4)、bridge、nftables NAT",
		}
	case "volume", "-v", "--volume", "--mount", "--tmpfs":
		text = lang.Text{
			EN: "there are no volumes in this workshop; put the files into the rootfs. Words to search for: bind mount, mount propagation",
			ZH: "本教程没有卷；把文件放进 rootfs 就行。可以搜索：绑定挂载（bind mount）、挂载传播",
		}
	case "-d", "--detach", "--restart":
		text = lang.Text{
			EN: "nothing runs in the background in this workshop; the shell can: mydocker run … &. Words to search for: containerd-shim",
			ZH: "本教程没有后台运行；shell 可以：mydocker run … &。可以搜索：containerd-shim",
		}
	case "-u", "--user", "--group-add":
		text = lang.Text{
			EN: "the command is root; with a rootfs that has su: su USER -c '…'. Words to search for: setuid(2), setgroups(2)",
			ZH: "命令以 root 运行；rootfs 里有 su 的话：su 用户 -c '…'。可以搜索：setuid(2)、setgroups(2)",
		}
	case "--privileged", "--cap-add", "--cap-drop", "--security-opt", "--device":
		text = lang.Text{
			EN: "the walls stand as they are, inside/ is where to change them. Words to search for: capabilities(7), seccomp(2)",
			ZH: "墙就是这些，要改请看 inside/ 里的代码。可以搜索：capabilities(7)、seccomp(2)",
		}
	case "--entrypoint":
		text = lang.Text{
			EN: "there are no images, so no entrypoint: the first word after the flags is the command",
			ZH: "没有镜像，也就没有 entrypoint：选项之后的第一个词就是命令",
		}
	}
	return text
}

// Instead says what to do instead of one of docker's sub-commands, and reports
// whether it is one.
func Instead(command string) bool {
	instead := insteadOf(command)
	if instead != (lang.Text{}) && !strings.HasPrefix(command, "-") {
		between.Complain(lang.WithCure(lang.Errorf(lang.Text{EN: "%s is docker's: not in this workshop", ZH: "%s 是 docker 的命令，本教程没有"}, command), instead), lang.FromEnv(os.Getenv))
		return true
	}
	return false
}

// explainFlag adds to an error of pflag's what to do.
func explainFlag(err error, flags *pflag.FlagSet) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		typed := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			typed = "-" + unknown.GetSpecifiedName()
		}
		if instead := insteadOf(typed); instead != (lang.Text{}) {
			return lang.WithCure(lesson.InBothLanguages(err), instead)
		}
	}
	return lesson.FlagError(err, flags, lang.Text{
		EN: "see mydocker run --help",
		ZH: "请看 mydocker run --help",
	})
}
