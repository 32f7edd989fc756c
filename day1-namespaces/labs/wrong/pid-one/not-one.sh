unshare $U -p -m --fork sh -c "mount -t proc proc /proc; sleep $T; true"
