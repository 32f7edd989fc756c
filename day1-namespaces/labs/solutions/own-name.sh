unshare $U -u sh -c "hostname box-$T; exec sleep $T"
