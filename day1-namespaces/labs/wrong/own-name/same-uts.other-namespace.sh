unshare $U -m sleep $T
