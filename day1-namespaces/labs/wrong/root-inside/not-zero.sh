# needs: unshare -U --map-user=1 true
unshare -U --map-user=1 sleep $T
