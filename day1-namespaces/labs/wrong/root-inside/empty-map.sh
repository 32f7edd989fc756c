unshare -U sleep $T
