# undo: for d in $(find /sys/fs/cgroup -name lab-$T); do for i in 1 2 3 4 5; do rmdir $d 2>/dev/null && break; sleep 0.1; done; done; rmdir /tmp/lab-$T 2>/dev/null; true
# needs: test $(id -u) = 0
[ ! -e $P/cgroup.subtree_control ] || echo +pids >$P/cgroup.subtree_control
[ ! -e $C/cgroup.subtree_control ] || echo +cpu >$C/cgroup.subtree_control
mkdir -p $P/lab-$T $C/lab-$T
echo 20 >$P/lab-$T/pids.max
sh -c "echo \$\$ >$P/lab-$T/cgroup.procs; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do sleep 8$T & done; wait" 2>/dev/null &
until grep -q "max [1-9]" $P/lab-$T/pids.events; do sleep 0.1; done
kill $(cat $P/lab-$T/cgroup.procs)
[ -e $C/lab-$T/cpu.max ] && echo "10000 100000" >$C/lab-$T/cpu.max || { echo 100000 >$C/lab-$T/cpu.cfs_period_us; echo 10000 >$C/lab-$T/cpu.cfs_quota_us; }
sh -c "echo \$\$ >$C/lab-$T/cgroup.procs; i=0; while [ \$i -lt 3000000 ]; do i=\$((i+1)); done" &
wait
