//go:build linux

package main

import "mydocker.example/shared/lang"

// What the steps say beside the chapter: questions, and why one is left out.
var (
	withoutSudo = lang.Text{
		EN: "you are root outside too; to see 0 mapped to your own ID, run this step without sudo:",
		ZH: "你在外面也是 root；想看到 0 映射到自己的 ID，请不要用 sudo，单独运行这一步：",
	}
	asSomebodyElse = lang.Text{
		EN: "you are root outside too; to see 0 mapped to another ID, become an ordinary user (su - NAME) and run this step:",
		ZH: "你在外面也是 root；想看到 0 映射到别的 ID，请先变成普通用户（su - 用户名），再运行这一步：",
	}
	noTimeNamespaces = lang.Text{
		EN: "this kernel has no time namespaces (Linux 5.6)",
		ZH: "这个内核没有时间命名空间（需要 Linux 5.6）",
	}
	goIn        = lang.Text{EN: "Go in?", ZH: "进去吗？"}
	atATerminal = lang.Text{
		EN: "a shell of your own: --only shell --shell, at a terminal",
		ZH: "想亲自进去看看，请在终端里加 --only shell --shell 运行",
	}
)
