#!/usr/bin/env bash
# A throw-away Linux machine to practise on, with this workshop's folder in it.
#
#   scripts/setup-vm.sh up   [--cgroup v2|v1|hybrid] [--release bookworm|trixie|bullseye]
#                            [--backend auto|qemu|lima|multipass|browser|here]
#   scripts/setup-vm.sh run  [--] COMMAND...   in the machine, as root; its exit status comes back
#   scripts/setup-vm.sh shell                  a root shell in the workshop's folder
#   scripts/setup-vm.sh status | down | clean  what there is; stop it; remove it and its files
#   scripts/setup-vm.sh test [-- FLAG...]      up, every test inside, as root and as a user, down
#                                              FLAGs are a test binary's, such as -test.run NAME
#   scripts/setup-vm.sh page DIR [--cgroup v2|v1] [--single FILE]
#                                              a machine in a browser tab: files for any web
#                                              server; FILE is the same in one, for a stick
#
#   --yes      install what is missing without asking
#   --dry-run  show the commands and do none of them
#   VM_TCG=1 in the environment: don't try KVM; VM_MEMORY=1024: so many megabytes
#   VM_MIRROR=URL: the machine's Debian, multipass's Ubuntu, from there; VM_GO=URL: its Go,
#   instead of https://go.dev/dl; VM_IMAGES=URL: lima's image, instead of
#   https://cloud.debian.org/images/cloud. GOPROXY and GOSUMDB are this machine's own.
#
# Exit status: 0 done, 1 failed, 2 wrong usage, 3 this machine can't.

# sh, which may be dash, goes no further than this line.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail

# The script itself, whatever links lead to it: it starts itself again by this.
# macOS before 12.3 has no realpath, and no readlink -f.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
self=$(cd -P "$(dirname "$self")" && pwd)/$(basename "$self")
workshop=$(dirname "$(dirname "$self")")
name=mydocker-workshop

command='' backend=auto cgroup=v2 release=bookworm yes='' dry=''
cgroups='v2 v1' page='' single='' # of the page

# What is said, in the language that the environment asks for: locale(7). The
# Chinese is UTF-8, which a terminal of another codeset, such as GBK, can't show.
locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
case ${LC_ALL:-${LC_CTYPE:-}} in # the terminal's, where it is set
  *.[Uu][Tt][Ff]8* | *.[Uu][Tt][Ff]-8*) ;;
  C | POSIX | *.*) locale=C ;;
esac
t() { # ENGLISH CHINESE
  case $locale in
    zh*.[Uu][Tt][Ff]8* | zh*.[Uu][Tt][Ff]-8*) printf '%s' "$2" ;;
    zh*.*) printf '%s' "$1" ;;
    zh*) printf '%s' "$2" ;;
    *) printf '%s' "$1" ;;
  esac
}

usage() {
  t "$(sed -n '2,23s/^# \{0,1\}//p' "$self")" "\
一台用完即扔的 Linux，里面有本项目的目录，供练习用。

  scripts/setup-vm.sh up   [--cgroup v2|v1|hybrid] [--release bookworm|trixie|bullseye]
                           [--backend auto|qemu|lima|multipass|browser|here]
  scripts/setup-vm.sh run  [--] 命令...        在机器里以 root 执行，退出状态原样返回
  scripts/setup-vm.sh shell                    在项目目录里打开一个 root shell
  scripts/setup-vm.sh status | down | clean    看看有什么；停下来；连同文件一起删掉
  scripts/setup-vm.sh test [-- 选项...]        启动，以 root 和普通用户各跑一遍全部测试，再停下
                                               选项是测试程序的，例如 -test.run 名字
  scripts/setup-vm.sh page 目录 [--cgroup v2|v1] [--single 文件]
                                               浏览器标签页里的机器：一组文件，放在任何网页服务器
                                               上都行；--single 把它们合成一个文件，可以放进 U 盘

  --yes      缺什么就装什么，不再询问
  --dry-run  只显示命令，什么都不做
  环境变量 VM_TCG=1：不试 KVM；VM_MEMORY=1024：用这么多 MB 内存
  VM_MIRROR=URL：机器的 Debian（multipass 是 Ubuntu）从这里下载；VM_GO=URL：Go 从
  这里下载，而不是 https://go.dev/dl；VM_IMAGES=URL：lima 的镜像从这里下载，而不是
  https://cloud.debian.org/images/cloud。GOPROXY 和 GOSUMDB 与本机相同

退出状态：0 完成，1 失败，2 用法有误，3 这台机器做不了。"
  echo
}

fail() { # STATUS WHAT CURE
  printf 'setup-vm: %s\n' "$2" >&2
  [ $# -lt 3 ] || printf '  %s%s\n' "$(t 'what to do: ' '怎么办：')" "$3" >&2
  exit "$1"
}

say() { printf 'setup-vm: %s\n' "$*" >&2; }

# Runs a command, or shows it with --dry-run.
do_it() {
  if [ -n "$dry" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# Runs something that may take long. It runs in the background, or bash would not
# hear a signal before its end, in a process group that can be ended as a whole,
# and without the lock.
child=''
aside() { # COMMAND...
  local status=0
  set -m
  "$@" </dev/null 9>&- &
  child=$!
  set +m
  wait "$child" || status=$?
  child=''
  return "$status"
}

# What is put right however this run ends.
interrupted='' ours='' tree=''
leave() {
  trap '' INT TERM HUP
  [ -z "$child" ] || { kill -KILL -- "-$child" && wait "$child"; } 2>/dev/null || true
  [ -z "$ours" ] || qemu_down
  [ -z "$tree" ] || rm -rf "$tree"
  [ -z "$interrupted" ] || fail 130 "$(t interrupted 被中断)" "$(t "scripts/setup-vm.sh $command begins again" "重新运行 scripts/setup-vm.sh $command 即可")"
}

# Runs something long, and says how long it took.
timed() { # WHAT COMMAND...
  local what=$1 begin=$SECONDS
  shift
  say "$what ..."
  aside "$@" || fail 1 "$(t "$what failed; its last words are above" "$what 失败了，最后的输出在上面")" "$(t "try again; scripts/setup-vm.sh clean begins from nothing" "再试一次；scripts/setup-vm.sh clean 之后可以从头来")"
  say "$what: $((SECONDS - begin)) s"
}

ask() {
  [ -z "$yes$dry" ] || return 0
  [ -t 0 ] || fail 3 "$(t "$1 is needed, and there is no terminal to ask at" "要先做 $1；这里没有终端，没法问你要不要做")" "$(t "run it again with --yes" "加上 --yes 再运行一次")"
  printf '%s? [y/N] ' "$1" >&2
  local answer
  read -r answer
  case $answer in y | Y | yes) ;; *) fail 3 "$(t "not done" "没有做")" ;; esac
}

# ---------------------------------------------------------------- the machine

# What the kernel's command line asks systemd for. Since systemd 256 (trixie is
# 257) v1 has to be asked for twice.
cgroup_arguments() {
  local force=''
  [ "$release" != trixie ] || force=' SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'
  case $cgroup in
    v2) echo systemd.unified_cgroup_hierarchy=1 ;;
    v1) echo "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1$force" ;;
    hybrid) echo "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0$force" ;;
  esac
}

# What a machine made from a cloud image gets, as root, at its first start. The
# files in grub.d are read in order, so ours adds to what the image asks for.
# lima runs it at every start.
provision() { # LINE-BEFORE-APT
  cat <<EOF
set -eu
[ ! -e /usr/local/bin/go ] || exit 0
${1:-# from its own mirror}
apt-get update
apt-get install -y stress busybox-static curl ca-certificates
curl -fsSL $(printf '%q' "${VM_GO:-https://go.dev/dl}")/go$(sed -n 's/^go //p' "$workshop/go.work").linux-"\$(dpkg --print-architecture)".tar.gz | tar -C /usr/local -xz
echo 'GRUB_CMDLINE_LINUX="\$GRUB_CMDLINE_LINUX $(cgroup_arguments)"' >/etc/default/grub.d/99-$name.cfg
update-grub
ln -s /usr/local/go/bin/go /usr/local/bin/go
EOF
}

# env, and what this machine's Go was told about where modules come from.
go_settings() {
  local variable value
  settings=(env)
  for variable in GOPROXY GOSUMDB; do
    value=$(go env "$variable" 2>/dev/null || printenv "$variable" || :)
    [ -z "$value" ] || settings+=("$variable=$value")
  done
}

# ------------------------------------------------------------ backend: qemu

# A value in one of qemu's option lists, where a comma ends it: two are one.
listed() { printf '%s' "${1//,/,,}"; }

packages='qemu-system-x86 mmdebstrap fakeroot e2fsprogs openssh-client'

qemu_program() {
  case $(uname -m) in
    x86_64 | amd64) echo qemu-system-x86_64 ;;
    aarch64 | arm64) echo qemu-system-aarch64 ;;
    *) fail 3 "$(t "no machine for $(uname -m)" "不支持 $(uname -m)")" "$(t "use amd64 or arm64" "请用 amd64 或 arm64")" ;;
  esac
}

qemu_install() {
  local missing=''
  for program in "$(qemu_program)" mmdebstrap fakeroot mke2fs ssh ssh-keygen; do
    command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing="$missing $program"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail 3 "$(t "missing:$missing" "缺少：$missing")" "$(t "install them, or take another --backend" "装上它们，或换一个 --backend")"
  case $(uname -m) in aarch64 | arm64) packages=${packages/qemu-system-x86/qemu-system-arm} ;; esac
  apt_install "$packages" "$(t " (missing:$missing)" "（缺少：$missing）")"
}

# apt_install asks, and installs Debian packages.
apt_install() { # PACKAGES WHY
  local sudo=''
  ask "apt-get install $1$2"
  [ "$(id -u)" = 0 ] || sudo=sudo
  # shellcheck disable=SC2086 # a list of packages
  do_it $sudo apt-get install -y --no-install-recommends $1
}

# The mirror that this machine itself uses, where it is a Debian machine.
mirror() {
  local own
  # shellcheck disable=SC2016 # apt's own variables
  own=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 2>/dev/null | sed -n 's/^Debian //p' | head -n 1)
  echo "${VM_MIRROR:-${own:-http://deb.debian.org/debian}}"
}

# Where a release's image is. The number is the recipe's: who changes what is in
# the image counts it up.
image_of() { echo "$state/$1-3"; }

# The root file system, made once for each release. It is written under a name of
# this run's own and renamed when it is whole: an interrupted run leaves no half,
# and what it may still be writing is in nobody's way.
qemu_image() {
  image=$(image_of "$release")
  [ ! -e "$image/root.ext4" ] || return 0
  local work=$image.part-$$
  rm -rf "$image".part*
  mkdir -p "$work"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/key"
  timed "Debian $release $(t "(about 300 MB to download)" "（约下载 300 MB）")" debootstrap_tar "$work/root.tar"
  timed "$(t "its disk" "它的磁盘")" fakeroot bash "$self" --inside-fakeroot "$work"
  rm "$work/root.tar"
  mv "$work" "$image"
}

debootstrap_tar() {
  local kernel=linux-image-amd64
  case $(uname -m) in aarch64 | arm64) kernel=linux-image-arm64 ;; esac
  # What bullseye still has in util-linux itself.
  [ "$release" = bullseye ] || kernel=$kernel,util-linux-extra
  exec mmdebstrap --quiet --variant=apt \
    --include="$kernel,systemd-sysv,libpam-systemd,dbus,udev,openssh-server,stress,busybox-static,procps,iproute2,kmod,ca-certificates" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    "$release" "$1" "$(mirror)"
}

# Turns the tar into a disk. fakeroot lets an ordinary user keep root's files.
inside_fakeroot() {
  local work=$1 root=$1/root
  mkdir "$root"
  tar -C "$root" -xf "$work/root.tar"
  cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
  cp "$root"/boot/initrd.img-* "$work/initrd"
  mkdir -p "$root/root/.ssh"
  cp "$work/key.pub" "$root/root/.ssh/authorized_keys"
  chmod -R go= "$root/root/.ssh"
  echo "$name" >"$root/etc/hostname"
  printf '127.0.0.1 localhost %s\n::1 localhost\n' "$name" >"$root/etc/hosts"
  echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
  printf '[Match]\nName=e*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/10-all.network"
  ln -sf /lib/systemd/system/systemd-networkd.service "$root/etc/systemd/system/multi-user.target.wants/"
  # Nobody waits for the network to be complete, or for a disk check.
  ln -sf /dev/null "$root/etc/systemd/system/systemd-networkd-wait-online.service"
  printf '/dev/vda / ext4 defaults 0 0\n' >"$root/etc/fstab"
  echo 'learner:x:1000:1000::/home/learner:/bin/sh' >>"$root/etc/passwd"
  echo 'learner:*:19000::::::' >>"$root/etc/shadow"
  echo 'learner:x:1000:' >>"$root/etc/group"
  mkdir -p "$root/home/learner"
  cp -r "$root/root/.ssh" "$root/home/learner"
  chown -R 1000:1000 "$root/home/learner"
  # Their systemds stay between two logins: nothing comes and goes meanwhile.
  mkdir -p "$root/var/lib/systemd/linger"
  touch "$root/var/lib/systemd/linger/root" "$root/var/lib/systemd/linger/learner"
  PATH=$PATH:/usr/sbin mke2fs -q -t ext4 -d "$root" "$work/root.ext4" 4G
  rm -rf "$root"
}

# A process is known by its command line, which is there from its first moment to
# its last, as no file of ours can be.
find_process() { # WORDS...
  local process words part
  for process in /proc/[0-9]*; do
    { mapfile -d '' -t words <"$process/cmdline"; } 2>/dev/null || continue # it has just ended
    for part; do [[ " ${words[*]} " = *" $part "* ]] || continue 2; done
    machine=${process#/proc/}
    return 0
  done
  return 1
}

qemu_alive() { find_process "-name $name" "-serial file:$state/console.log"; }

qemu_up() {
  if [ -z "$dry" ]; then
    exec 9>"$state/lock"
    flock -n 9 || fail 1 "$(t "another setup-vm.sh is making a machine" "另一个 setup-vm.sh 正在建机器")" "$(t "wait for it, or end it" "等它做完，或结束它")"
  fi
  if qemu_alive; then
    [ "$(cat "$state/what")" = "$release $cgroup" ] ||
      fail 1 "$(t "a machine is running" "已有机器在运行"): $(cat "$state/what")" "$(t "scripts/setup-vm.sh down, then up again" "先 scripts/setup-vm.sh down，再 up")"
    if answers "test -e /run/layer/ready"; then
      say "$(t "already up" "已经启动"): $(cat "$state/what")"
      exec 9>&-
      return 0
    fi
    say "$(t "an interrupted up left a machine that is not ready" "上次 up 中断，留下一台没有就绪的机器")"
    qemu_down
  fi
  qemu_install
  if [ -n "$dry" ]; then
    image=$(image_of "$release")
    echo "+ mmdebstrap $release; $(qemu_program) ... -append '$(cgroup_arguments)'"
    return 0
  fi
  # Whoever is ended before the machine is ready takes it along. The work is left
  # to EXIT: bash 5.2 fails at a trap that has a $( in it while it reads another.
  trap 'interrupted=1; exit 130' INT TERM HUP
  ours=1
  qemu_image
  local begin=$SECONDS acceleration=tcg
  if aside kvm_works && qemu_boot kvm 60; then
    acceleration=kvm
  else
    say "$(t "without KVM: emulating, which is slow" "没有 KVM：用模拟，会慢一些")"
    # An emulated machine may hang while it boots, once in some hundred starts.
    qemu_boot tcg 120 || qemu_boot tcg 300 || {
      tail -q -n 20 "$state/qemu.log" "$state/console.log" >&2 2>/dev/null || true
      fail 1 "$(t "the machine did not come up; above is the end of" "机器没有启动成功；上面是这个文件的结尾：") $state/console.log" "$(t "scripts/setup-vm.sh clean, then up again" "先 scripts/setup-vm.sh clean，再 up")"
    }
  fi
  aside in_machine "$(inside_mounts)
: >/run/layer/ready"
  trap - INT TERM HUP
  ours=''
  exec 9>&- # the machine is others' to use
  say "$(t up "已启动"): $release, cgroup $cgroup, $acceleration, $((SECONDS - begin)) s. $(t Next 接下来): scripts/setup-vm.sh run -- go run ./day2-cgroups"
}

# A device /dev/kvm is no proof that KVM works: it can hang. With it a kernel that
# has no root file system gives up, and ends its machine, within a second or two.
kvm_works() {
  [ -z "${VM_TCG:-}" ] && [ -w /dev/kvm ] || return 1
  # shellcheck disable=SC2046 # a list of arguments
  timeout --foreground -s KILL 10 "$(qemu_program)" -accel kvm $(qemu_machine) -m 512 -display none -no-reboot \
    -kernel "$image/vmlinuz" -append 'quiet panic=-1'
} >/dev/null 2>&1

# Starts the machine and waits until it answers. What it writes to its disk goes
# to a file that is thrown away: each up begins afresh.
qemu_boot() { # ACCELERATION SECONDS
  local port=$((20000 + ($$ + RANDOM) % 20000)) deadline=$((SECONDS + $2))
  # Written before there is a machine: whoever is interrupted finds it again.
  echo "$port" >"$state/port"
  echo "$release $cgroup" >"$state/what"
  local shares=() i=0 folder
  while read -r folder; do
    [ ! -d "$folder" ] || shares+=(-virtfs "local,path=$(listed "$folder"),mount_tag=go$i,security_model=none,readonly=on")
    i=$((i + 1))
  done < <(shared_folders)
  # shellcheck disable=SC2046 # lists of arguments
  "$(qemu_program)" -name "$name" -accel "$1" $(qemu_machine) -m "${VM_MEMORY:-1536}" -smp 2 \
    -display none -serial "file:$state/console.log" -no-reboot \
    -kernel "$image/vmlinuz" -initrd "$image/initrd" \
    -append "root=/dev/vda rw quiet panic=-1 console=$(qemu_console) $(cgroup_arguments)" \
    -drive "file=$(listed "$image/root.ext4"),if=virtio,format=raw,snapshot=on" \
    -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net \
    -virtfs "local,path=$(listed "$workshop"),mount_tag=workshop,security_model=none,readonly=on" \
    "${shares[@]}" -daemonize 2>"$state/qemu.log" 9>&- || return 1
  until aside answers true; do
    sleep 1
    if ! qemu_alive || [ "$SECONDS" -gt "$deadline" ]; then
      qemu_down
      return 1
    fi
  done
}

qemu_machine() {
  case $(uname -m) in
    aarch64 | arm64) echo -M virt -cpu max ;;
    *) echo -M q35 ;;
  esac
}

qemu_console() {
  case $(uname -m) in
    aarch64 | arm64) echo ttyAMA0 ;;
    *) echo ttyS0 ;;
  esac
}

# The host's Go, its modules and its build cache, so that nothing is downloaded
# or compiled twice. The paths inside are those outside: Go's cache goes by them.
shared_folders() {
  command -v go >/dev/null || return 0
  go env GOROOT GOMODCACHE GOCACHE
}

# Everything is mounted read-only with a writable layer of memory on top: what
# the machine writes is gone with it, and the host's files stay as they are.
inside_mounts() {
  echo 'set -e; modprobe -a 9p 9pnet_virtio overlay'
  local i=0 folder
  overlay workshop "$workshop"
  shared_folders | while read -r folder; do
    [ ! -d "$folder" ] || overlay "go$i" "$folder"
    i=$((i + 1))
  done
}

overlay() { # TAG DIRECTORY
  local directory
  directory=$(printf '%q' "$2")
  cat <<EOF
mkdir -p /run/host/$1 /run/layer/$1 $directory
mountpoint -q /run/host/$1 || {
  mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose $1 /run/host/$1
  mount -t tmpfs -o mode=755 layer /run/layer/$1
  mkdir /run/layer/$1/upper /run/layer/$1/work
  mount -t overlay -o lowerdir=/run/host/$1,upperdir=/run/layer/$1/upper,workdir=/run/layer/$1/work overlay $directory
}
EOF
}

# Runs shell code in the machine, as root or as $user.
in_machine() {
  local terminal=-T
  [ ! -t 0 ] || [ -n "${no_terminal:-}" ] || terminal=-t
  ssh $terminal -q -p "$(cat "$state/port")" -i "$(image_of "$(cut -d' ' -f1 "$state/what")")/key" \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10 -o BatchMode=yes \
    "${user:-root}@127.0.0.1" "$1"
}

# Whether there is an answer yet, and the command in it succeeds.
answers() { # COMMAND
  no_terminal=1 in_machine "$1" 2>/dev/null
}

qemu_run() {
  if [ -n "$dry" ]; then
    echo "+ ssh root@$name: $*"
    return 0
  fi
  qemu_alive || fail 1 "$(t "no machine is running" "没有机器在运行")" "scripts/setup-vm.sh up"
  local line='' word environment=''
  for word in "$@"; do line="$line $(printf '%q' "$word")"; done
  if command -v go >/dev/null; then
    environment="export PATH=$(printf '%q' "$(go env GOROOT)/bin"):\$PATH GOMODCACHE=$(printf '%q' "$(go env GOMODCACHE)") GOCACHE=$(printf '%q' "$(go env GOCACHE)") GOFLAGS=-buildvcs=false GOPROXY=off GOTOOLCHAIN=local;"
  fi
  # As LANG: of an LC_ALL that the machine does not have, its bash would complain.
  in_machine "$environment export LANG=$(printf '%q' "${locale:-C.UTF-8}"); cd $(printf '%q' "$workshop") && exec $line"
}

qemu_down() {
  if [ -n "$dry" ]; then
    echo "+ end the machine of $state"
    return 0
  fi
  if qemu_alive; then
    while qemu_alive; do
      kill -9 "$machine" 2>/dev/null || true # its disk is thrown away
      sleep 0.1
    done
    say "$(t down "已停下")"
  fi
  rm -f "$state/port" "$state/what"
}

qemu_clean() {
  qemu_down
  do_it rm -rf "${state:?}"
}

qemu_status() {
  if qemu_alive; then
    echo "$(t running "正在运行"): $(cat "$state/what"), ssh 127.0.0.1:$(cat "$state/port")"
  else
    t "not running" "没有在运行"
    echo
  fi
  du -sh "$state"/*/root.ext4 2>/dev/null || true
}

# Every test of the workspace, compiled here, run there, each in its package's
# directory: under emulation compiling is what takes the time.
qemu_test() { # FLAG...
  local failed=0 flags='' flag last='' wanted=. begin dir binary who
  for flag in -test.short -test.timeout=20m "$@"; do
    flags="$flags $(printf '%q' "$flag")"
    [ "$last" != -test.run ] || wanted=$flag
    case $flag in -test.run=*) wanted=${flag#*=} ;; esac
    last=$flag
  done
  if [ -n "$dry" ]; then
    qemu_up
    echo "+ go test -c; ssh: each test, as root and as learner"
    return 0
  fi
  tree=$(mktemp -d)
  chmod 755 "$tree" # tar takes the mode along, and learner is to come in
  if qemu_alive; then
    qemu_up # somebody's, and theirs to stop
  else
    qemu_up
    ours=1
  fi
  cd "$workshop"
  while read -r dir; do
    mkdir -p "$tree/${dir#"$workshop"/}"
    binary=$tree/${dir#"$workshop"/}/vm.test
    CGO_ENABLED=0 go test -c -ldflags='-s -w' -o "$binary" "$dir"
    # Each binary costs two logins, which take seconds there.
    "$binary" -test.list "$wanted" | grep -q '^Test' || rm "$binary"
  done < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' work | grep .)
  no_terminal=1
  echo "machine  Debian $release, Linux $(in_machine 'uname -r'), cgroup $cgroup"
  tar -C "$tree" -c . | in_machine "tar -C $(printf '%q' "$workshop") -x"
  while read -r binary; do
    dir=$(dirname "${binary#./}")
    for who in root learner; do # learner logs in, and so has a session of systemd's
      begin=$SECONDS
      if user=$who in_machine "cd $(printf '%q' "$workshop/$dir") && ./vm.test -test.v $flags" </dev/null >"$tree/out" 2>&1; then
        grep -qE '^--- (PASS|SKIP)' "$tree/out" || continue # no test of these names
        printf 'ok       %s, %s: %s tests, %s skipped, %s s\n' "$dir" "$who" \
          "$(grep -c '^--- PASS' "$tree/out" || true)" "$(grep -c '^--- SKIP' "$tree/out" || true)" "$((SECONDS - begin))"
      else
        grep -vE '^(=== | *--- (PASS|SKIP))' "$tree/out" | tail -n 60
        printf 'FAIL     %s, %s\n' "$dir" "$who"
        failed=1
      fi
    done
  done < <(cd "$tree" && find . -name vm.test | sort)
  return "$failed"
}

# ------------------------------------------- backends: lima, multipass, here

# A value in YAML, in double quotes.
yaml() {
  local value=${1//\\/\\\\}
  printf '"%s"' "${value//\"/\\\"}"
}

lima_yaml() {
  local image number
  case $release in bullseye) number=11 ;; bookworm) number=12 ;; trixie) number=13 ;; esac
  image=${VM_IMAGES:-https://cloud.debian.org/images/cloud}/$release/latest/debian-$number-genericcloud
  cat <<EOF
images:
  - {location: $(yaml "$image-amd64.qcow2"), arch: x86_64}
  - {location: $(yaml "$image-arm64.qcow2"), arch: aarch64}
memory: 2GiB
disk: 10GiB
mounts:
  - {location: $(yaml "$workshop"), writable: false}
containerd: {system: false, user: false}
provision:
  - mode: system
    script: |
      #!/bin/sh
$(provision "$(lima_mirror)" | sed 's/^/      /')
EOF
}

# Debian's images name their mirror in one of these files.
lima_mirror() {
  [ -n "${VM_MIRROR:-}" ] || return 0
  printf 'sed -i %q /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/mirrors/debian.list 2>/dev/null || true' \
    "s#https\?://deb.debian.org/debian\([ /]\|\$\)#${VM_MIRROR//&/\\&}\1#"
}

lima_up() {
  needs limactl "brew install lima"
  if [ -z "$dry" ] && limactl list --quiet | grep -qx "$name"; then
    limactl start "$name"
    return
  fi
  write lima.yaml lima_yaml
  do_it limactl start --tty=false --name="$name" "$state/lima.yaml"
  [ "$cgroup" = v2 ] || do_it limactl stop "$name"
  [ "$cgroup" = v2 ] || do_it limactl start "$name"
}
lima_run() {
  go_settings
  do_it limactl shell --workdir "$workshop" "$name" sudo "${settings[@]}" "$@"
}
lima_down() { do_it limactl stop "$name"; }
lima_status() { do_it limactl list "$name"; }
lima_clean() { do_it limactl delete --force "$name"; }

# multipass knows Ubuntu's images only: 24.04 has cgroup v1 still.
cloud_init() {
  cat <<EOF
#cloud-config
$([ -z "${VM_MIRROR:-}" ] || echo "apt: {primary: [{arches: [default], uri: $(yaml "$VM_MIRROR")}]}")
runcmd:
  - |
$(provision "" | sed 's/^/    /')
EOF
}

multipass_up() {
  needs multipass "https://canonical.com/multipass/install"
  if [ -z "$dry" ] && multipass info "$name" >/dev/null 2>&1; then
    multipass start "$name"
    return
  fi
  write cloud-init.yaml cloud_init
  do_it multipass launch 24.04 --name "$name" --memory 2G --disk 10G --timeout 1200 --cloud-init "$state/cloud-init.yaml"
  [ "$cgroup" = v2 ] || do_it multipass restart "$name"
  do_it multipass mount "$workshop" "$name:/workshop"
}
multipass_run() {
  go_settings
  do_it multipass exec "$name" --working-directory /workshop -- sudo "${settings[@]}" "$@"
}
multipass_down() { do_it multipass stop "$name"; }
multipass_status() { do_it multipass info "$name"; }
multipass_clean() {
  do_it multipass delete "$name"
  do_it multipass purge
}

needs() { # PROGRAM WHERE-FROM
  [ -n "$dry" ] || command -v "$1" >/dev/null || fail 3 "$(t "there is no $1 here" "这里没有 $1")" "$2"
}

# Writes a file of the state, or shows it with --dry-run.
write() { # FILE FUNCTION
  if [ -n "$dry" ]; then
    echo "+ cat >$state/$1"
    "$2"
  else
    "$2" >"$state/$1"
  fi
}

here_up() {
  cd "$workshop"
  do_it go run ./day2-cgroups doctor
  command -v stress >/dev/null || { ask "apt-get install stress" && do_it apt-get install -y stress; }
}
here_run() { (cd "$workshop" && do_it "$@"); }
here_down() { say "$(t "nothing to stop: the machine is this one" "没有什么要停：机器就是这一台")"; }
here_clean() { say "$(t "nothing to remove; what a lesson left goes with" "没有什么要删；课程留下的东西用它清掉：") go run ./day2-cgroups clean"; }
here_status() { echo "$(t "this machine" "这台机器"): $(uname -sr)"; }

# ------------------------------------------- backend: browser, and the page itself

# Who makes the page needs these; who looks at it, a browser.
page_install() {
  local missing='' program
  needs go "https://go.dev/dl"
  for program in node npm zstd cpio; do
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
  [ -n "$missing" ] || return 0
  needs apt-get "$(t "make the page on Debian or Ubuntu: its files then work anywhere" "请在 Debian 或 Ubuntu 上制作，做好的文件到处能用")"
  missing=${missing/ node/ nodejs}
  apt_install "${missing# }" ''
}

page_make() { # DIRECTORY
  page_install
  if [ -n "$dry" ]; then
    echo "+ scripts/page/make $1 $cgroups${single:+; its files in one: $single}"
    return 0
  fi
  # Two at a time would do the same work twice.
  exec 9>"$state/page-lock"
  flock -n 9 || fail 1 "$(t "another setup-vm.sh is making the page" "另一个 setup-vm.sh 正在制作页面")" "$(t "wait for it, or end it" "等它做完，或结束它")"
  trap 'interrupted=1; exit 130' INT TERM HUP
  # shellcheck disable=SC2086 # a list
  timed "$(t "the page (about 60 MB to download, the first time)" "页面（第一次约下载 60 MB）")" \
    bash "$workshop/scripts/page/make" "$state/page" "$(mirror)" "$1" $cgroups
  [ -z "$single" ] || aside node "$workshop/scripts/page/single.mjs" "$1" "$single" ||
    fail 1 "$(t "$single was not written" "没有写成 $single")"
  trap - INT TERM HUP
  exec 9>&-
}

browser_page() {
  page_make "$page"
  [ -n "$dry" ] || say "$page: $(t "put this folder on any web server" "把这个目录放到任何网页服务器上即可")${single:+; $single}"
}

browser_alive() { find_process "$workshop/scripts/page/serve.mjs $state/page/site"; }

browser_up() {
  [ -n "$dry" ] || mkdir -p "$state/page"
  page_make "$state/page/site"
  if [ -n "$dry" ]; then
    echo "+ node scripts/page/serve.mjs $state/page/site"
    return 0
  fi
  if ! browser_alive; then
    : >"$state/page/address"
    nohup node "$workshop/scripts/page/serve.mjs" "$state/page/site" </dev/null >"$state/page/address" 2>&1 &
    until [ -s "$state/page/address" ]; do sleep 0.1; done
    browser_alive || fail 1 "$(cat "$state/page/address")"
  fi
  local address opener
  address=$(cat "$state/page/address")
  say "$(t "open this in a browser" "在浏览器里打开"): $address"
  for opener in xdg-open open; do
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v "$opener" >/dev/null; then
      "$opener" "$address" >/dev/null 2>&1 || true
      break
    fi
  done
}

browser_in_the_tab() { fail 3 "$(t "that machine is in the browser's tab" "那台机器在浏览器的标签页里")" "$(t "type it there" "请在那里输入")"; }
browser_run() { browser_in_the_tab; }

browser_status() {
  if browser_alive; then
    echo "$(t running "正在运行"): $(cat "$state/page/address")"
  else
    t "not running" "没有在运行"
    echo
  fi
}

browser_down() {
  if [ -n "$dry" ]; then
    echo "+ end serve.mjs $state/page/site"
  elif browser_alive; then
    kill "$machine"
    say "$(t down "已停下")"
  fi
}

browser_clean() {
  browser_down
  do_it rm -rf "${state:?}/page"
}

# ------------------------------------------------------------------ commands

choose_backend() {
  [ "$backend" = auto ] || return 0
  if [ "$(uname -s)" = Linux ]; then
    backend=qemu
  elif command -v limactl >/dev/null; then
    backend=lima
  elif command -v multipass >/dev/null; then
    backend=multipass
  else
    fail 3 "$(t "no way to make a machine found" "没有找到建机器的办法")" "$(t "install lima (brew install lima) or multipass" "请安装 lima（brew install lima）或 multipass")"
  fi
}

main() {
  [ "${1-}" != --inside-fakeroot ] || { inside_fakeroot "$2"; return; }
  trap leave EXIT
  while [ $# -gt 0 ]; do
    case $1 in
      --cgroup | --release | --backend | --single)
        case ${2-} in '' | -*) fail 2 "$(t "$1 takes a value" "$1 后面要有值")" "$(t "see --help" "请看 --help")" ;; esac
        case $1 in --cgroup) cgroup=$2 cgroups=$2 ;; --release) release=$2 ;; --backend) backend=$2 ;; --single) single=$2 ;; esac
        shift
        ;;
      --yes) yes=1 ;;
      --dry-run) dry=1 ;;
      -h | --help) usage; exit 0 ;;
      --)
        case $command in run | test) shift; break ;; esac
        fail 2 "$(t "-- stands after run or test alone" "-- 只能写在 run 或 test 后面")" "$(t "see --help" "请看 --help")"
        ;;
      -*) fail 2 "$(t "unknown flag $1" "没有选项 $1")" "$(t "see --help" "请看 --help")" ;;
      *)
        if [ -z "$command" ]; then
          case $1 in up | run | shell | status | down | clean | test | page) command=$1 ;; *) fail 2 "$(t "no such command" "没有这个命令"): $1" "up, run, shell, status, down, clean, test, page" ;; esac
        elif [ "$command" = run ]; then
          break # what follows is the command's own
        elif [ "$command-$page" = page- ]; then
          page=$1
        else
          fail 2 "$(t "one word too many for $command: $1" "$command 后面多了：$1")" "$(t "see --help" "请看 --help")"
        fi
        ;;
    esac
    shift
  done
  case $command in
    '') usage; exit 2 ;;
    run) [ $# -gt 0 ] || fail 2 "$(t "run what?" "运行什么？")" "scripts/setup-vm.sh run -- go run ./day2-cgroups" ;;
    page) [ -n "$page" ] || fail 2 "$(t "page where?" "页面放在哪里？")" "scripts/setup-vm.sh page $(t DIR 目录)" ;;
    test)
      # A test binary would refuse it too, after a machine was made for that.
      case " $* " in *' --dry-run '* | *' --yes '*) fail 2 "$(t "--dry-run and --yes stand before the --" "--dry-run 和 --yes 要写在 -- 前面")" "$(t "see --help" "请看 --help")" ;; esac
      ;;
  esac
  case $cgroup in v1 | v2 | hybrid) ;; *) fail 2 "$(t "no such" "没有这样的") --cgroup: $cgroup" "v2, v1, hybrid" ;; esac
  case $release in bullseye | bookworm | trixie) ;; *) fail 2 "$(t "no such" "没有这样的") --release: $release" "bookworm, trixie, bullseye" ;; esac
  case $backend in auto | qemu | lima | multipass | browser | here) ;; *) fail 2 "$(t "no such" "没有这样的") --backend: $backend" "auto, qemu, lima, multipass, browser, here" ;; esac
  [ "$command" != page ] || backend=browser
  choose_backend
  case $backend-$release-$cgroup in
    browser-*-hybrid) fail 2 "$(t "the machine in a tab has no hybrid" "标签页里的机器没有 hybrid")" "--cgroup v2, --cgroup v1" ;;
    qemu-trixie-v1 | lima-trixie-v1)
      fail 3 "$(t "Debian trixie's kernel has the memory controller for cgroup v2 alone" "Debian trixie 的内核只在 cgroup v2 里有内存控制器")" "$(t "--release bookworm for v1; trixie has v2, and hybrid with memory in v2" "要 v1 请用 --release bookworm；trixie 有 v2，也有内存在 v2 里的 hybrid")"
      ;;
  esac
  case ${XDG_CACHE_HOME-} in # the XDG Base Directory Specification: a relative one is ignored
    /*) state=$XDG_CACHE_HOME ;;
    *) case ${HOME-} in /*) state=$HOME/.cache ;; *) state='' ;; esac ;;
  esac
  [ -n "$state" ] || fail 3 "$(t "neither HOME nor XDG_CACHE_HOME is an absolute path" "HOME 和 XDG_CACHE_HOME 都不是绝对路径")" "$(t "say where the machine's files may go: XDG_CACHE_HOME=DIRECTORY" "告诉它机器的文件放哪里：XDG_CACHE_HOME=目录")"
  state=$state/mydocker-workshop
  [ -n "$dry" ] || [ "$command" = status ] || mkdir -p "$state"
  case $command in
    up | down | status | clean) "${backend}_$command" ;;
    page) browser_page ;;
    run) "${backend}_run" "$@" ;;
    shell) "${backend}_run" bash -i ;;
    test)
      [ "$backend" = qemu ] || fail 3 "$(t "tests run in the qemu backend only" "只有 qemu 能跑测试")" "$(t "--backend qemu, on Linux" "在 Linux 上用 --backend qemu")"
      qemu_test "$@"
      ;;
  esac
}

main "$@"
