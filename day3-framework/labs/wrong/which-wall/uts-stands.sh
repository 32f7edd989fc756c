echo uts
