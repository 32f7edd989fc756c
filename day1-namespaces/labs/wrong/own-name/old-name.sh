unshare $U -u sleep $T
