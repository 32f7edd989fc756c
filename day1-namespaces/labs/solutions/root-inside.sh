unshare -Ur sleep $T
