# undo: for d in $(find /sys/fs/cgroup -name lab-$T); do for i in 1 2 3 4 5; do rmdir $d 2>/dev/null && break; sleep 0.1; done; done; rmdir /tmp/lab-$T 2>/dev/null; true
# needs: test $(id -u) = 0
[ ! -e $M/cgroup.subtree_control ] || echo +memory >$M/cgroup.subtree_control
mkdir $M/lab-$T
sh -c "echo \$\$ >$M/lab-$T/cgroup.procs; head -c 64m /dev/zero | tail >/dev/null"
