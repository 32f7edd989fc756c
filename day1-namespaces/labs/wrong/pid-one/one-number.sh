unshare $U -p -m sh -c "exec sleep $T"
