#!/usr/bin/env bash
# Tests scripts/setup-vm.sh: its answers to wrong use, the commands and files that
# --dry-run shows, and then a real machine, interrupted and recovered.
#
#   scripts/setup-vm_test.sh [--update]   --update writes the expected commands anew
#
# Exit status 0 if all is well.
# shellcheck disable=SC2317 # check calls most of these functions
set -euo pipefail
cd "$(dirname "$0")/.."
update=${1-} failed=0
export LC_ALL=C
. .ci/own-state

check() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@" >"$scratch/out" 2>&1; then
    echo "ok    $what"
  else
    echo "FAIL  $what"
    cat "$scratch/out"
    failed=1
  fi
}

vm() { scripts/setup-vm.sh --yes "$@" </dev/null; }

# ends expects an exit status, and a word in what is said.
ends() { # STATUS WORD ARGUMENT...
  local want=$1 word=$2 status=0 said
  shift 2
  said=$(vm "$@" 2>&1) || status=$?
  printf '%s\nexit status %s, want %s with "%s"\n' "$said" "$status" "$want" "$word"
  [ "$status" = "$want" ] && [[ $said = *"$word"* ]]
}

# ------------------------------------------------------------------ wrong use

check "an unknown cgroup" ends 2 "no such --cgroup: v3" up --cgroup v3
check "an unknown release" ends 2 "no such --release: sid" up --release sid
check "what a release can't" ends 3 "trixie's kernel" up --release trixie --cgroup v1 --backend qemu
check "an unknown backend" ends 2 "no such --backend: x" up --backend x
check "an unknown command" ends 2 "no such command: fly" fly
check "an unknown flag" ends 2 "unknown flag --fast" up --fast
check "a flag without its value" ends 2 "takes a value" up --cgroup
check "a flag whose value would be another" ends 2 "--single takes a value" page x --single --dry-run
# Asked not to do it, or in doubt, it does nothing: not even its own folder is made.
nothing() { # WORD ARGUMENT...
  XDG_CACHE_HOME=$scratch/none ends 2 "$@" && [ ! -e "$scratch/none" ]
}
for words in up down status clean shell test "page DIR"; do
  # shellcheck disable=SC2086 # words
  check "a word too many for $words" nothing "one word too many for ${words% *}: all" $words all --dry-run
done
for words in -- "-- clean" "clean --" "page --" "page DIR --" "up --"; do
  # shellcheck disable=SC2086 # words
  check "the -- of $words" nothing "-- stands after run or test alone" $words --dry-run
done
check "--dry-run for a test binary" nothing "stand before the --" test -- --dry-run
check "--dry-run after the folder" ends 0 "+ scripts/page/make DIR" page DIR --dry-run
check "--dry-run between run and its command" ends 0 "+ ssh root@mydocker-workshop: x" run --backend qemu --dry-run x
check "--dry-run after run's command is that command's" ends 0 "+ ssh root@mydocker-workshop: x --dry-run --" --dry-run --backend qemu run x --dry-run --
relative() { # ARGUMENT...
  (cd "$scratch" && HOME=$scratch/home XDG_CACHE_HOME=rel "$OLDPWD/scripts/setup-vm.sh" status --backend qemu && [ ! -e rel ] && [ ! -e home ])
}
check "a relative XDG_CACHE_HOME is ignored, and status makes nothing" relative
check "a relative HOME" env HOME=rel XDG_CACHE_HOME= bash -c 'scripts/setup-vm.sh status --backend qemu 2>&1 | grep -q "absolute path"'
check "Chinese" env LC_ALL= LANG=zh_CN.UTF-8 bash -c 'scripts/setup-vm.sh up --foo 2>&1 | grep -q "没有选项"'
check "a terminal that is not UTF-8" env LC_ALL= LANG=zh_CN.UTF-8 LC_CTYPE=zh_CN.GBK bash -c 'scripts/setup-vm.sh up --foo 2>&1 | grep -q "unknown flag"'
check "run without a command" ends 2 "run what?" run
check "page without a folder" ends 2 "page where?" page
check "page of a hybrid machine" ends 2 "has no hybrid" page --cgroup hybrid x
check "a word for the machine in a tab" ends 3 "in the browser's tab" run --backend browser -- true
check "no command at all" ends 2 "scripts/setup-vm.sh up"
chinese() { LC_ALL=zh_CN.UTF-8 ends "$@"; }
check "Chinese" chinese 2 "没有这样的 --cgroup: v3" up --cgroup v3
check "help in Chinese" chinese 0 "退出状态原样返回" --help
gbk() { LC_ALL=zh_CN.GBK ends 2 "no such --cgroup: v3" up --cgroup v3 && LC_ALL='' LC_MESSAGES=zh_CN LANG=C ends 2 "没有这样的" up --cgroup v3; }
bare() { # STATUS WORD ARGUMENT...
  local status=0 said
  said=$(env -i PATH="$PATH" bash scripts/setup-vm.sh "${@:3}" 2>&1) || status=$?
  echo "$status $said"
  [ "$status" = "$1" ] && [[ $said = *"$2"* ]]
}
check "help" ends 0 "scripts/setup-vm.sh up" --help
command -v limactl >/dev/null || check "a backend that isn't here" ends 3 "brew install lima" up --backend lima

check "a language whose codeset the words are not in" gbk
check "no variable but PATH: help" bare 0 "scripts/setup-vm.sh up" --help
check "no variable but PATH: up" bare 3 "neither HOME nor XDG_CACHE_HOME" up --backend here

# However it is started, it finds the checkout that it is in.
found() { # DIRECTORY COMMAND...
  (cd "$1" && shift && "$@" --dry-run --backend lima up) | grep -F "location: \"$PWD\""
}
ln -s "$PWD/scripts/setup-vm.sh" "$scratch/link"
ln -s link "$scratch/link2"
cp scripts/setup-vm.sh "$scratch/copy"
check "from its own directory" found scripts bash setup-vm.sh
check "through two links, from elsewhere" found / "$scratch/link2"
check "by sh" found scripts sh setup-vm.sh
without_x() { chmod a-x "$scratch/copy" && bash "$scratch/copy" --help; }
check "without the x bit" without_x

# A checkout at a path that means something to qemu, a shell and YAML.
# shellcheck disable=SC2016 # the dollar is part of the name
odd=$scratch/'a,b "c" $d \e'"'f"
mkdir -p "$odd/scripts"
cp scripts/setup-vm.sh "$odd/scripts"
cp go.work "$odd"
odd_yaml() {
  "$odd/scripts/setup-vm.sh" --dry-run --backend lima up | grep -v '^+' >"$scratch/file"
  /usr/bin/python3 -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["mounts"][0]["location"] == sys.argv[2]' "$scratch/file" "$odd"
}
check "a path with comma, blank, quotes, dollar, backslash in YAML" odd_yaml

# ---------------------------------------------- the commands and files it shows

dry_runs() {
  local backend command
  for backend in qemu lima multipass browser here; do
    for command in "up --release trixie --cgroup hybrid" "up" "status" "run true" "down" "clean"; do
      case "$backend $command" in "qemu status" | "browser up --"* | "browser run true" | "browser status") continue ;; esac
      echo "# --backend $backend $command"
      # shellcheck disable=SC2086 # words
      GOPROXY=https://modules.example GOSUMDB=sums.example vm --dry-run --backend "$backend" $command 2>/dev/null
    done
  done
  echo "# page DIR"
  vm --dry-run page DIR --cgroup v1 --single FILE 2>/dev/null
}
anywhere() { sed "s|$PWD|WORKSHOP|g; s|${XDG_CACHE_HOME:-$HOME/.cache}|CACHE|g; s|Linux [0-9].*|Linux VERSION|; s|/system-x86|/system|"; }
expected=scripts/testdata/dry-run.txt
[ "$update" != --update ] || dry_runs | anywhere >"$expected"
check "the commands of --dry-run" diff -u "$expected" <(dry_runs | anywhere)
go_from() { [[ $(VM_GO=https://go.example/x vm --dry-run --backend "$1" up) = *" https://go.example/x/go1"* ]]; }
check "VM_GO, lima" go_from lima
check "VM_GO, multipass" go_from multipass
mirror_lima() {
  VM_MIRROR='https://deb.example/a&b' VM_IMAGES=https://images.example vm --dry-run --backend lima up >"$scratch/file" &&
    grep -F '"https://images.example/bookworm/latest/' "$scratch/file" &&
    sed -n 's/^ *\(sed -i .*\)/\1/p' "$scratch/file" | sed "s#/etc/apt#$scratch/apt#g" >"$scratch/script" || return 1
  mkdir -p "$scratch/apt/mirrors" "$scratch/apt/sources.list.d"
  printf '%s\n' https://deb.debian.org/debian https://deb.debian.org/debian-security 'deb http://deb.debian.org/debian trixie main' >"$scratch/apt/mirrors/debian.list"
  bash "$scratch/script"
  diff - "$scratch/apt/mirrors/debian.list" <<'LINES'
https://deb.example/a&b
https://deb.debian.org/debian-security
deb https://deb.example/a&b trixie main
LINES
}
check "VM_MIRROR and VM_IMAGES, lima" mirror_lima
mirror_multipass() {
  VM_MIRROR=https://deb.example/ubuntu vm --dry-run --backend multipass up | grep -v '^+' >"$scratch/file"
  /usr/bin/python3 -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["apt"]["primary"][0]["uri"] == "https://deb.example/ubuntu"' "$scratch/file"
}
check "VM_MIRROR, multipass" mirror_multipass
no_state() { XDG_CACHE_HOME=$scratch/none vm --dry-run up && [ ! -e "$scratch/none" ]; }
check "--dry-run writes nothing" no_state

# The two files for programs that aren't here: read by YAML, by cloud-init's own
# schema, and their script by shellcheck.
valid() { # BACKEND RELEASE CGROUP
  vm --dry-run --backend "$1" --release "$2" --cgroup "$3" up | grep -v '^+' >"$scratch/file"
  /usr/bin/python3 - "$1" "$scratch/file" "$scratch/schema.json" >"$scratch/script" <<'PYTHON' || return 1
import json, sys, yaml
backend, file, schema = sys.argv[1:]
document = yaml.safe_load(open(file))
if backend == "lima":
    assert set(document) == {"images", "memory", "disk", "mounts", "containerd", "provision"}, document
    assert {image["arch"] for image in document["images"]} == {"x86_64", "aarch64"}
    assert document["mounts"][0]["writable"] is False
    print(document["provision"][0]["script"])
else:
    import jsonschema
    jsonschema.validate(document, json.load(open(schema)))
    print("#!/bin/sh\n" + document["runcmd"][0])
PYTHON
  shellcheck -e SC2016 "$scratch/script" # grub expands it
}
(cd "$scratch" && apt-get download -qq cloud-init 2>/dev/null && dpkg-deb -x cloud-init*.deb cloud-init)
cp "$scratch"/cloud-init/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json "$scratch/schema.json"
for release in bullseye bookworm trixie; do
  for cgroup in v2 v1 hybrid; do
    [ "$release $cgroup" = "trixie v1" ] || check "lima's YAML, $release $cgroup" valid lima "$release" "$cgroup"
    check "cloud-init, $release $cgroup" valid multipass "$release" "$cgroup"
  done
done

# ------------------------------------------------------------- a real machine

check "nothing is running yet" ends 0 "not running" status
running() { pgrep -f -- "-serial file:$state/console.log" >/dev/null; }
await_machine() {
  local _
  for _ in $(seq 300); do
    if running; then return 0; fi
    sleep 0.1
  done
  return 1
}

# begin starts an up that another command is to meet on its way.
begin() {
  setsid scripts/setup-vm.sh --yes up </dev/null >"$scratch/up" 2>&1 &
  up=$!
  await_machine
}
interrupted() { # SIGNAL STATUS WORD
  local status=0
  kill "-$1" "$up"
  wait "$up" || status=$?
  cat "$scratch/up"
  [ "$status" = "$2" ] && [[ $(<"$scratch/up") = *"$3"* ]]
}
interrupted_by_term() { begin && interrupted TERM 130 "setup-vm: interrupted"; }
interrupted_by_kill() { begin && interrupted KILL 137 ""; }

# A signal may come at any moment. Stand-ins for the machine and for ssh make many
# tries quick; most of them meet up where it asks its new machine for an answer.
at_any_moment() {
  local -x PATH=$scratch/bin:$PATH VM_TCG=1
  mkdir -p "$scratch/bin"
  printf '#!/bin/bash\n(sleep 5; :) >/dev/null 2>&1 &\nsleep 0.1\n' | tee "$scratch/bin/qemu-system-x86_64" >"$scratch/bin/qemu-system-aarch64"
  printf '#!/bin/sh\nsleep 0.03\nexit 255\n' >"$scratch/bin/ssh"
  chmod +x "$scratch"/bin/*
  for _ in $(seq 30); do
    begin
    sleep "0.0$((RANDOM % 10))"
    interrupted TERM 130 "setup-vm: interrupted" && not running || return 1
  done
}
one_machine() { [ "$(pgrep -cf -- "-serial file:$state/console.log")" = 1 ]; }
second_up() { ends 1 "another setup-vm.sh is making a machine" up; }
quick() {
  local begin=$SECONDS
  ends 0 "already up: bookworm v2" up
  [ $((SECONDS - begin)) -le 5 ]
}
not() { ! "$@"; }
input() { [ "$(echo 'one  two' | scripts/setup-vm.sh run cat)" = 'one  two' ]; }
read_only() { vm run touch made-inside && [ ! -e made-inside ]; }
at_terminal() {
  /usr/bin/python3 - <<'PYTHON'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv("scripts/setup-vm.sh", ["setup-vm.sh", "shell"])
os.write(fd, b"tty; id -un; exit 5\n")
said = b""
try:
    while chunk := os.read(fd, 4096):
        said += chunk
except OSError:
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(said.decode(), status)
sys.exit(not (b"/dev/pts/" in said and status == 5))
PYTHON
}

# Where there is no image yet, an up is ended while it makes one.
interrupted_image() {
  local status=0 empty=$scratch/empty begin _
  XDG_CACHE_HOME=$empty setsid scripts/setup-vm.sh --yes up </dev/null >"$scratch/up" 2>&1 &
  up=$!
  for _ in $(seq 100); do
    ! pgrep -f "mmdebstrap.*$empty" >/dev/null || break
    sleep 0.1
  done
  begin=$SECONDS
  kill -TERM "$up"
  wait "$up" || status=$?
  cat "$scratch/up"
  [ "$status" = 130 ] && [ $((SECONDS - begin)) -le 5 ] && ! pgrep -f "mmdebstrap.*$empty" >/dev/null
}
check "up ended by SIGTERM while it makes an image leaves nothing running" interrupted_image

check "up makes an image if there is none, and a machine" ends 0 "up: bookworm, cgroup v2" up
check "down" ends 0 "down" down
check "up ended by SIGTERM says so" interrupted_by_term
check "and leaves no machine" not running
check "up ended by SIGTERM, whenever it comes" at_any_moment
check "up ended by SIGKILL" interrupted_by_kill
check "the next up recovers" ends 0 "up: bookworm, cgroup v2" up
check "and there is one machine" one_machine
check "another up is quick" quick
check "up of another machine is refused" ends 1 "a machine is running: bookworm v2" up --cgroup v1
check "the exit status comes back" ends 7 "one  two" run -- sh -c 'echo "one  two"; exit 7'
check "input goes in" input
check "the checkout stays as it was" read_only
check "a lesson" ends 0 "Debian" run -- sh -c 'go run ./day2-cgroups doctor >/dev/null && cat /etc/os-release'
check "shell" at_terminal
check "down" ends 0 "down" down
check "no machine is left" not running
check "run without a machine" ends 1 "no machine is running" run true
begin
check "a second up meanwhile is refused" second_up
check "the first one comes up" wait "$up"
check "down again" ends 0 "down" down
exit "$failed"
