# "-" reads and writes streams; a closed stdout is a failure.
printf '1,2,3,27\n' | ionatlas info - --json
printf '1,2,3,27\n' >a.csv
ionatlas convert a.csv -o - --format csv
ionatlas info a.csv >/dev/full; echo $?
