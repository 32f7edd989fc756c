package lang

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestTheFirstVariableThatIsSetDecides(t *testing.T) {
	for _, test := range []struct {
		environment map[string]string
		want        Language
	}{
		{map[string]string{}, English},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, Chinese},
		{map[string]string{"LANG": "zh_TW"}, Chinese},
		{map[string]string{"LANG": "zh"}, Chinese},
		{map[string]string{"LANG": "zh_CN.utf8@pinyin"}, Chinese},
		{map[string]string{"LC_ALL": "zh_CN.GBK"}, English},
		{map[string]string{"LANG": "zh_CN.GB18030"}, English},
		{map[string]string{"LANG": "zh_TW.BIG5", "LC_MESSAGES": "zh_TW.UTF-8"}, Chinese},
		{map[string]string{"LANG": "zhuang.UTF-8"}, English},
		{map[string]string{"LANG": "de_DE.UTF-8"}, English},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, English},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, Chinese},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, Chinese},
		{map[string]string{"LC_MESSAGES": "zh_CN.UTF-8", "LC_CTYPE": "zh_CN.GBK"}, English},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_CTYPE": "C"}, English},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_CTYPE": "C.UTF-8"}, Chinese},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_CTYPE": "en_US"}, Chinese},
	} {
		getenv := func(name string) string { return test.environment[name] }
		if got := FromEnv(getenv); got != test.want {
			t.Errorf("%v: %s, want %s", test.environment, got, test.want)
		}
	}
}

func TestAnErrorKeepsItsCauseAndItsCure(t *testing.T) {
	cause := errors.New("no space left on device")
	err := fmt.Errorf("start: %w", WithCure(cause, Text{EN: "set cpuset.cpus", ZH: "请先写 cpuset.cpus"}))
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "start: no space left on device: set cpuset.cpus"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if message, cure := Explain(err, Chinese); message != "start: no space left on device" || cure != "请先写 cpuset.cpus" {
		t.Errorf("Explain says %q, %q", message, cure)
	}
	if message, cure := Explain(cause, Chinese); message != cause.Error() || cure != "" {
		t.Errorf("Explain of an error without a cure says %q, %q", message, cure)
	}
	own := fmt.Errorf("--mem: %w", WithCure(Errorf(Text{EN: "%q is no size", ZH: "%q 不是大小"}, "x"), Text{EN: "write 1m", ZH: "请写 1m"}))
	if message, cure := Explain(own, Chinese); message != `--mem: "x" 不是大小` || cure != "请写 1m" {
		t.Errorf("Explain of words of our own says %q, %q", message, cure)
	}
	if message, _ := Explain(own, English); message != `--mem: "x" is no size` {
		t.Errorf("Explain of words of our own says %q", message)
	}
	both := errors.Join(own, err)
	if message, cure := Explain(both, Chinese); message != "--mem: \"x\" 不是大小\nstart: no space left on device" || cure != "请写 1m；请先写 cpuset.cpus" {
		t.Errorf("Explain of two errors says %q, %q", message, cure)
	}
	twice := WithCure(fmt.Errorf("left: %w", errors.Join(own, own)), Text{EN: "remove it", ZH: "请删除"})
	if message, cure := Explain(twice, Chinese); message != "left: --mem: \"x\" 不是大小\n--mem: \"x\" 不是大小" || cure != "请删除；请写 1m" {
		t.Errorf("Explain of the same error twice says %q, %q", message, cure)
	}
	if message, cure := Explain(fmt.Errorf("a: b: %w", WithCure(cause, Text{})), English); message != "a: b: "+cause.Error() || cure != "" {
		t.Errorf("Explain of an empty cure says %q, %q", message, cure)
	}
	if WithCure(nil, Text{}) != nil {
		t.Error("a cure for nothing is an error")
	}
}

// Wherever a disk is full, or refuses root, it is said what to do; of a control file
// the kernel means something else.
func TestAFileThatIsRefusedHasACure(t *testing.T) {
	dir := t.TempDir()
	rootOnly := func(word string) string { // nobody else need be told
		if os.Geteuid() != 0 {
			return ""
		}
		return word
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "write", Path: dir + "/gone/b", Err: syscall.ENOSPC}, "df -h " + dir + " "},
		{fmt.Errorf("lay: %w", &os.LinkError{Op: "symlink", Old: "x", New: dir + "/b", Err: syscall.ENOSPC}), "df -i"},
		{errors.Join(errors.New("x"), &fs.PathError{Op: "close", Path: dir + "/gone/b", Err: syscall.EDQUOT}), "quota -s"},
		{&fs.PathError{Op: "write", Path: "/sys/fs/cgroup/a/cgroup.procs", Err: syscall.ENOSPC}, ""},
		{&fs.PathError{Op: "write", Path: dir + "/gone/b", Err: syscall.EIO}, ""},
		{&fs.PathError{Op: "write", Path: dir + "/gone/b", Err: syscall.EFBIG}, "ulimit -f"},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EIO}, ""},
		{&fs.PathError{Op: "mkdir", Path: dir + "/b", Err: syscall.EACCES}, rootOnly("NFS")},
		{&fs.PathError{Op: "fork/exec", Path: dir + "/b", Err: syscall.EACCES}, ""},
		{&fs.PathError{Op: "open", Path: "/proc/1/environ", Err: syscall.EACCES}, ""},
	} {
		for _, l := range []Language{English, Chinese} {
			if _, cure := Explain(test.err, l); !strings.Contains(cure, test.want) || (test.want == "") != (cure == "") {
				t.Errorf("%v: %q, want %q", test.err, cure, test.want)
			}
		}
	}
}
