unshare $U -m sh -c "mount -t proc proc /proc; exec unshare -p --fork sleep $T"
