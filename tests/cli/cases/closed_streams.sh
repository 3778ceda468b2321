# Closed or full streams, a file size limit: told with one sentence, nothing half written.
printf 'x,y,z,mass\n1,2,3,27.98\n2,3,4,28.01\n' >ions.csv
printf 'Range1=27.9 28.1 Fe:1\n' >fe.rrng
for arguments in "--help" "--version" "info --help" "info ions.csv" "composition ions.csv -r fe.rrng"; do
    ionatlas $arguments >/dev/full
    echo "$arguments: $?"
    ionatlas $arguments >&-
    echo "$arguments: $?"
done
ionatlas convert ions.csv --format csv -o - >/dev/full
echo "convert to a full stream: $?"
(ulimit -f 1 && ionatlas analyze -q ions.csv -r fe.rrng 2>&1) | cat
echo "size limit: ${PIPESTATUS[0]}"
ionatlas convert -q ions.csv -o ions.tsv >&- 2>&- <&-
echo "all closed: $?"
cat ions.tsv
name=$(printf 'no\nsuch')
ionatlas info "$name"
echo "line end in a name: $?"
ls -A
