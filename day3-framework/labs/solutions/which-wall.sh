box=$(grep -slz "^$T\$" /proc/[0-9]*/cmdline | cut -d/ -f3)
for n in uts pid mnt ipc net cgroup; do
	[ "$(readlink /proc/$box/ns/$n)" != "$(readlink /proc/self/ns/$n)" ] || echo $n
done
grep -q 'CapBnd:.0000000000000000' /proc/$box/status || echo capabilities
grep -q 'NoNewPrivs:.1' /proc/$box/status || echo no-new-privs
