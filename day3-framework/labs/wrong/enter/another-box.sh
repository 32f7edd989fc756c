unshare $U -m -u -i -n -p --fork sleep $T
