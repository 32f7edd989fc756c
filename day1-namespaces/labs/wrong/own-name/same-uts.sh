unshare $U -u hostname box-$T
sleep $T
