unshare $U -m sh -c "mount -t tmpfs tmpfs /mnt; exec sleep $T"
