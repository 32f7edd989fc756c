sleep $T
