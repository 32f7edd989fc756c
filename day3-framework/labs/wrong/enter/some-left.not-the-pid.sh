box=$(grep -lz "^7$T\$" /proc/[0-9]*/cmdline | cut -d/ -f3)
nsenter -t $box ${U:+-U --preserve-credentials} -m -u -i -n sleep $T
