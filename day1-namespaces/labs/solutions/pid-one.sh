unshare $U -p -m --fork sh -c "mount -t proc proc /proc; exec sleep $T"
