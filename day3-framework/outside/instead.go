//go:build linux

package outside

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"mydocker.example/day3-framework/between"
	"mydocker.example/shared/host"
	"mydocker.example/shared/lang"
	"mydocker.example/shared/lesson"
)

// docker has what mydocker has not: insteadOf returns, for a sub-command, or a flag
// of run as it is typed, what to do instead; nothing for what docker has not either.
func insteadOf(word string) (text lang.Text) {
	const groups = "find /sys/fs/cgroup -path '*/mydocker/*' -name cgroup.procs"
	switch word {
	case "ps", "ls", "list", "top", "stats", "container":
		text = lang.Text{
			EN: "each container is a group, and its processes are in there: " + groups + " -exec cat {} +",
			ZH: "每个容器就是一个控制组，进程都列在里面：" + groups + " -exec cat {} +",
		}
	case "exec", "attach":
		text = lang.Text{
			EN: "find the PID in the container's group (" + groups + "), then: " + host.AsRoot("nsenter -t PID -a sh"),
			ZH: "先在容器的控制组里找到 PID（" + groups + "），再：" + host.AsRoot("nsenter -t PID -a sh"),
		}
	case "stop", "kill":
		text = lang.Text{
			EN: "a signal to mydocker run reaches the container: kill PID, or three times Ctrl-C",
			ZH: "发给 mydocker run 的信号会转给容器：kill PID，或连按三次 Ctrl-C",
		}
	case "images", "image", "pull", "build", "push", "save", "import", "export", "tag", "history", "search", "login", "logout", "--pull", "--platform":
		makes := host.Start("day3-framework", false, "rootfs", "DIR")
		text = lang.Text{
			EN: "there are no images in this workshop; " + makes + " makes files for a container. Words to search for: overlayfs, OCI image-spec",
			ZH: "本项目没有镜像；" + makes + " 给容器做一套文件（DIR 是目录）。可以搜索：overlayfs、OCI image-spec",
		}
	case "rm", "rmi", "start", "restart", "create", "logs", "inspect", "cp", "commit", "pause", "unpause", "wait", "rename", "port", "update", "diff", "events", "compose":
		text = lang.Text{
			EN: "a container here lives as long as its mydocker run, and nothing of it stays. Words to search for: containerd-shim, setns(2)",
			ZH: "这里的容器和它的 mydocker run 同生同灭，什么也不留下。可以搜索：containerd-shim、setns(2)",
		}
	case "network", "-p", "--publish", "-P", "--publish-all", "--dns", "--ip":
		text = lang.Text{
			EN: "there is --network none and host, no more, in this workshop. Words to search for: veth(4), bridge, nftables NAT",
			ZH: "本项目只有 --network none 和 host。可以搜索：veth(4)、bridge、nftables NAT",
		}
	case "volume", "-v", "--volume", "--mount", "--tmpfs":
		text = lang.Text{
			EN: "there are no volumes in this workshop; put the files into the rootfs. Words to search for: bind mount, mount propagation",
			ZH: "本项目没有卷；把文件放进 rootfs 就行。可以搜索：绑定挂载（bind mount）、挂载传播",
		}
	case "-d", "--detach", "--restart":
		text = lang.Text{
			EN: "nothing runs in the background in this workshop; the shell can: mydocker run … &. Words to search for: containerd-shim",
			ZH: "本项目没有后台运行；shell 可以：mydocker run … &。可以搜索：containerd-shim",
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
	case "--pid", "--ipc", "--uts", "--userns", "--cgroupns":
		text = lang.Text{
			EN: "each container has namespaces of its own, all of them; outside/namespaces.go is where to change that. Words to search for: setns(2), nsenter(1)",
			ZH: "每个容器都有自己的全套命名空间，要改请看 outside/namespaces.go。可以搜索：setns(2)、nsenter(1)",
		}
	case "prune", "system", "info":
		text = lang.Text{
			EN: "nothing stays that would have to be removed or counted: clean takes back what a killed run has left, doctor says what this machine is",
			ZH: "什么都不会留下，不用清理也不用统计：clean 清掉被杀的运行留下的东西，doctor 说明这台机器的情况",
		}
	case "--init", "--add-host", "--ulimit", "--shm-size", "--env-file", "--label", "-l", "--attach", "-a", "--sysctl", "--log-driver", "--memory-reservation", "--gpus", "--link", "--expose", "--cidfile", "--stop-signal", "--health-cmd":
		text = lang.Text{
			EN: "docker has it, this workshop has not; mydocker run --help shows what there is",
			ZH: "这是 docker 的，本项目没有；有哪些选项，请看 mydocker run --help",
		}
	case "--entrypoint":
		text = lang.Text{
			EN: "there are no images, so no entrypoint: the first argument after the flags is the command",
			ZH: "没有镜像，也就没有 entrypoint：选项之后的第一个参数就是命令",
		}
	}
	return text
}

// Instead says what to do instead of one of docker's sub-commands, and reports
// whether it is one.
func Instead(command string) bool {
	instead := insteadOf(command)
	if instead != (lang.Text{}) && !strings.HasPrefix(command, "-") {
		between.Complain(lang.WithCure(lang.Errorf(lang.Text{EN: "%s is docker's: not in this workshop", ZH: "%s 是 docker 的命令，本项目没有"}, command), instead), lang.FromEnv(os.Getenv))
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
