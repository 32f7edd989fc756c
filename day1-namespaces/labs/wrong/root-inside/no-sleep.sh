unshare -Ur sleep 8$T
