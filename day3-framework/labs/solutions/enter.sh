box=$(grep -lz "^7$T\$" /proc/[0-9]*/cmdline | cut -d/ -f3)
[ -z "$U" ] || exec nsenter -t $box -U -m -u -i -n -p --preserve-credentials sleep $T
nsenter -t $box -m -u -i -n -p sleep $T
