unshare $U -p --fork sleep $T
