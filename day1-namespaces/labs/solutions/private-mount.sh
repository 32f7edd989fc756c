# undo: rmdir /tmp/lab-$T 2>/dev/null; true
mkdir /tmp/lab-$T
unshare $U -m sh -c "mount -t tmpfs tmpfs /tmp/lab-$T; exec sleep $T"
