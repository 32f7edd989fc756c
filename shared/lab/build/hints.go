package build

import "mydocker.example/shared/lang"

// A Hint helps with what was seen, in three steps: a question to think about, the
// step of a lesson that explains it, the page of the manual.
type Hint struct {
	Ask  lang.Text
	Step string // "DAY ID"
	Man  string
}

// Hints returns them by their ID. None says which line to write. (As a variable it
// would be filled at each start of a program that has labs, mydocker's too.)
func Hints() map[string]Hint {
	return map[string]Hint{
		"not-started":  {lang.Text{EN: "The words behind the flags are the command: does your program start it?", ZH: "选项后面就是要运行的命令：你的程序启动它了吗？"}, "day1 what-is-a-namespace", "execve(2)"},
		"not-waited":   {lang.Text{EN: "Who is still there when the command ends, to learn how?", ZH: "命令结束的时候，还有谁在等着知道它是怎么结束的？"}, "day2 reexec", "wait(2)"},
		"no-end":       {lang.Text{EN: "What is your program waiting for?", ZH: "你的程序在等什么？"}, "day2 reexec", "wait(2), pipe(7)"},
		"refused":      {lang.Text{EN: "In which namespace may anybody be root?", ZH: "在哪种命名空间里，谁都可以当 root？"}, "day1 user", "user_namespaces(7)"},
		"no-input":     {lang.Text{EN: "Who gets what you type while the command runs? In a shell in there, ls -l /proc/self/fd tells.", ZH: "命令运行时，你敲的字交给了谁？在里面的 shell 中执行 ls -l /proc/self/fd 就知道。"}, "day2 reexec", "stdin(3)"},
		"no-output":    {lang.Text{EN: "Where does what the command prints go? Run sh -c 'ls -l /proc/self/fd >/tmp/fd', and look into that file.", ZH: "命令打印的东西去了哪里？运行 sh -c 'ls -l /proc/self/fd >/tmp/fd'，再看看那个文件。"}, "day2 reexec", "stdin(3)"},
		"words-joined": {lang.Text{EN: "How many words did you get, and how many does execve take?", ZH: "你拿到几个参数？execve 收到的又是几个？"}, "day3 pipe", "execve(2)"},
		"words-lost":   {lang.Text{EN: "Which word of a command is its name, for itself?", ZH: "命令的词里，哪一个是它自己的名字？"}, "day3 pipe", "execve(2)"},

		"not-in-path": {lang.Text{EN: "A shell finds ls in /usr/bin. Who looks for it here: does the kernel, in execve?", ZH: "shell 能在 /usr/bin 里找到 ls。这里由谁来找？execve 会替你找吗？"}, "day2 reexec", "exec(3)"},

		"status-one":         {lang.Text{EN: "Is a command that ends with 7 a failure of your program?", ZH: "命令以 7 结束，是你的程序出错了吗？"}, "day3 pipe", "exit(3)"},
		"status-lost":        {lang.Text{EN: "Where does the kernel keep how a process ended, and who reads it?", ZH: "进程怎样结束的，内核记在哪里？由谁来读？"}, "day3 pipe", "wait(2)"},
		"signal-255":         {lang.Text{EN: "A process that a signal has killed never called exit: where is the signal's number?", ZH: "被信号杀死的进程没有退出码：信号的号码从哪里取？"}, "day3 pipe", "wait(2)"},
		"signal-number":      {lang.Text{EN: "How does a shell tell exit 9 from signal 9?", ZH: "shell 怎样区分 exit 9 和信号 9？"}, "day3 pipe", "bash(1), EXIT STATUS"},
		"signal-lost":        {lang.Text{EN: "What does echo $? say after kill -9 of a sleep?", ZH: "对 sleep 用 kill -9 之后，echo $? 是多少？"}, "day3 pipe", "wait(2)"},
		"not-found-0":        {lang.Text{EN: "Who learns that the command never began?", ZH: "命令根本没有开始，谁知道？"}, "day3 pipe", "bash(1), EXIT STATUS"},
		"not-found-1":        {lang.Text{EN: "Can a script tell your failure from the command's?", ZH: "脚本分得清是你失败了，还是命令失败了吗？"}, "day3 pipe", "bash(1), EXIT STATUS"},
		"not-found-125":      {lang.Text{EN: "Whose failure is it that there is no such command?", ZH: "没有这个命令，算谁的失败？"}, "day3 pipe", "bash(1), EXIT STATUS"},
		"not-found-126":      {lang.Text{EN: "Is what is not there the same as what may not be executed?", ZH: "“不存在”和“不能执行”是一回事吗？"}, "day3 pipe", "bash(1), EXIT STATUS"},
		"not-executable-127": {lang.Text{EN: "Is what may not be executed the same as what is not there?", ZH: "“不能执行”和“不存在”是一回事吗？"}, "day3 pipe", "bash(1), EXIT STATUS"},

		"shared-uts": {lang.Text{EN: "Whose name would hostname change in there?", ZH: "在里面执行 hostname 改名，改的是谁的名字？"}, "day1 uts", "uts_namespaces(7)"},
		"shared-pid": {lang.Text{EN: "Which processes could the command kill?", ZH: "命令能杀死哪些进程？"}, "day1 pid", "pid_namespaces(7)"},
		"shared-mnt": {lang.Text{EN: "Who would see what is mounted in there?", ZH: "在里面挂载的东西，谁看得见？"}, "day1 mount", "mount_namespaces(7)"},
		"shared-ipc": {lang.Text{EN: "Whose message queues does ipcs list in there?", ZH: "在里面执行 ipcs，列出的是谁的消息队列？"}, "day1 ipc", "ipc_namespaces(7)"},
		"shared-net": {lang.Text{EN: "Whose network devices does it have?", ZH: "它用的是谁的网络设备？"}, "day1 net", "network_namespaces(7)"},

		"not-root-inside": {lang.Text{EN: "Which of your IDs is 0 in there, and who has told the kernel?", ZH: "在里面，你的哪个 ID 是 0？是谁告诉内核的？"}, "day1 user", "user_namespaces(7)"},

		"host-renamed": {lang.Text{EN: "In which of the two lives is the name the container's own?", ZH: "两遍运行中，在哪一遍里改的名字才只属于容器？"}, "day1 uts", "sethostname(2)"},
		"old-name":     {lang.Text{EN: "A new UTS namespace has a copy of the old name. Who changes it?", ZH: "新的 UTS 命名空间里是旧名字的副本。由谁来改？"}, "day1 uts", "sethostname(2)"},
		"other-name":   {lang.Text{EN: "Where does --hostname get lost on its way to the second life?", ZH: "--hostname 的值在传给第二遍运行的路上丢在了哪里？"}, "day2 reexec", "sethostname(2)"},
		"pid-two":      {lang.Text{EN: "Who is PID 1 now, and how does the command get its place?", ZH: "现在谁占着 1 号？怎样把这个位置让给命令？"}, "day3 reexec", "execve(2)"},

		"shared-mounts": {lang.Text{EN: "/ is shared here. What does the new namespace do with a mount that is made in it?", ZH: "这里的 / 是共享的。在新命名空间里挂载，会传到哪里？"}, "day1 broken-proc", "mount_namespaces(7)"},
		"old-proc":      {lang.Text{EN: "Of which PID namespace does a proc show the processes?", ZH: "一个 proc 显示的是哪个 PID 命名空间的进程？"}, "day1 mount", "pid_namespaces(7)"},

		"in-the-command-line": {lang.Text{EN: "What does ps show of your second life?", ZH: "ps 会显示第二遍运行的什么？"}, "day3 pipe", "proc(5)"},
		"in-the-environment":  {lang.Text{EN: "Who inherits an environment, and who can read it?", ZH: "环境变量由谁继承，谁又能读到？"}, "day3 pipe", "proc(5)"},
		"descriptor-left":     {lang.Text{EN: "What happens to an open descriptor in execve?", ZH: "execve 的时候，打开着的描述符会怎样？"}, "day3 pipe", "close_range(2), FD_CLOEXEC in fcntl(2)"},

		"limit-refused":  {lang.Text{EN: "What did the kernel say to what you wrote, and into which file?", ZH: "你写进了哪个文件？内核怎么回答的？"}, "day2 limit-by-hand", "cgroups(7)"},
		"not-in-a-group": {lang.Text{EN: "What does the group's cgroup.procs list?", ZH: "组的 cgroup.procs 里列着谁？"}, "day2 limit-by-hand", "cgroups(7)"},
		"parent-added":   {lang.Text{EN: "Whose PID have you written?", ZH: "你写进去的是谁的 PID？"}, "day2 reexec", "cgroups(7)"},
		"no-limit":       {lang.Text{EN: "What does the limit's file say when you read it back?", ZH: "把上限文件再读一遍，里面写的是什么？"}, "day2 limit-by-hand", "cgroups(7)"},
		"other-limit":    {lang.Text{EN: "How many bytes is that to the kernel, and does your number come from -m?", ZH: "在内核看来那是多少字节？你写的数字是从 -m 来的吗？"}, "day2 limit-by-hand", "cgroups(7)"},
		"gate-open":      {lang.Text{EN: "What has the command done by the time that you add it?", ZH: "等你把它加进组的时候，命令已经做了些什么？"}, "day2 naive", "pipe(7)"},

		"group-left":      {lang.Text{EN: "Which ways out has your function, and what does each of them remove?", ZH: "你的函数有几条出路？每一条各删掉了什么？"}, "day2 undo", "rmdir(2)"},
		"left-on-sigterm": {lang.Text{EN: "Which of your lines still run after a SIGTERM?", ZH: "收到 SIGTERM 之后，你的哪些代码还会运行？"}, "day2 undo", "signal(7)"},

		"host-root":      {lang.Text{EN: "Which mount is / at the moment when the command is looked for?", ZH: "去找命令的那一刻，/ 是哪一个挂载？"}, "day3 rootfs", "pivot_root(2)"},
		"old-root-kept":  {lang.Text{EN: "Where is the old root now?", ZH: "旧的根现在在哪里？"}, "day3 rootfs", "pivot_root(2), NOTES"},
		"looked-outside": {lang.Text{EN: "Whose files did your program look among: had the root changed by then?", ZH: "你的程序是在谁的文件里找的？那时根换了没有？"}, "day3 rootfs", "exec(3)"},
		"chroot":         {lang.Text{EN: "What does .. mean above the directory that is your /?", ZH: "在你当作 / 的目录之上，.. 是什么？"}, "day3 rootfs", "chroot(2), NOTES"},

		"no-new-privs":     {lang.Text{EN: "Which thread did you tell, and which one became the command?", ZH: "你告诉的是哪个线程？变成命令的又是哪个？"}, "day3 walls", "prctl(2)"},
		"all-capabilities": {lang.Text{EN: "What does execve give to root?", ZH: "execve 会给 root 什么？"}, "day3 walls", "capabilities(7)"},
		"capability-left":  {lang.Text{EN: "What can one do with the bit that is too many?", ZH: "多出来的那一位，能用来做什么？"}, "day3 walls", "capabilities(7)"},
		"proc-writable":    {lang.Text{EN: "Which capability does writing a switch take, where you own its file?", ZH: "开关的文件属于你时，往里写还需要什么权能？"}, "day3 walls", "proc(5)"},
		"left-on-kill":     {lang.Text{EN: "Who can end the container where your program can't do anything any more?", ZH: "你的程序什么都做不了的时候，谁还能结束容器？"}, "day3 undo", "prctl(2)"},

		// Where it could not be seen:
		"unreadable":    {lang.Text{EN: "Run it as root: /proc is closed to you.", ZH: "请用 root 运行：/proc 里的内容你读不到。"}, "day1 what-is-a-namespace", "proc(5)"},
		"no-cgroup":     {lang.Text{EN: "This machine has no control group for memory: see doctor.", ZH: "这台机器没有管内存的控制组：请看 doctor。"}, "day2 controllers", "cgroups(7)"},
		"not-delegated": {lang.Text{EN: "Run it as root, or where groups may be made: systemd-run --user --scope -p Delegate=yes bash.", ZH: "请用 root 运行，或到可以建组的地方：systemd-run --user --scope -p Delegate=yes bash。"}, "day2 controllers", "cgroups(7)"},
		"stopped":       {lang.Text{EN: "Something is stopped: who sends SIGSTOP, and who SIGCONT?", ZH: "有进程停住了：谁发了 SIGSTOP？谁来发 SIGCONT？"}, "day2 reexec", "signal(7)"},
		"restless":      {lang.Text{EN: "Does the command wait for a word, or sleep, or ask again and again? If it waits, the machine is too busy: try again.", ZH: "命令是在等一个字，还是在睡，或者在反复地问？如果它在等，那就是机器太忙：请再试一次。"}, "day2 naive", "pipe(7)"},
		"not-seen":      {lang.Text{EN: "The second life was too short to be looked at: try again.", ZH: "第二遍运行太短，没看到：请再试一次。"}, "day3 pipe", "proc(5)"},
		"not-tried":     {lang.Text{EN: "The attempt could not be made.", ZH: "这次尝试没能进行。"}, "day3 rootfs", "chroot(2)"},
	}
}
