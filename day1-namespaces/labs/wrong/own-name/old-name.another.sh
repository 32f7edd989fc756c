unshare $U -u sh -c "hostname box; exec sleep $T"
