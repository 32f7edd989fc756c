# undo: rmdir $P/lab-$T/below 2>/dev/null; true
# undo: for d in $(find /sys/fs/cgroup -name lab-$T); do for i in 1 2 3 4 5; do rmdir $d 2>/dev/null && break; sleep 0.1; done; done; rmdir /tmp/lab-$T 2>/dev/null; true
# needs: test $(id -u) = 0
[ ! -e $P/cgroup.subtree_control ] || echo +pids >$P/cgroup.subtree_control
[ ! -e $C/cgroup.subtree_control ] || echo +cpu >$C/cgroup.subtree_control
mkdir -p $P/lab-$T $C/lab-$T
mkdir $P/lab-$T/below
echo 20 >$P/lab-$T/below/pids.max 2>/dev/null
rmdir $P/lab-$T/below
sleep 8$T
