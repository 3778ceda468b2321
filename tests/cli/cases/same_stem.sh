# Inputs of one stem share the name of their output: the first is written, and no later one of the
# run replaces it, with --force neither.
mkdir d1 d2 o
printf 'x,y,z,mass\n1,2,3,27\n' >d1/x.csv
printf 'x,y,z,mass\n4,5,6,28\n' >d2/x.csv
for force in '' --force; do
    ionatlas convert d1/x.csv d2/x.csv --format tsv -o o $force; echo $?
done
cat o/x.tsv
ionatlas analyze -q d1/x.csv d2/x.csv -o o --force --json >json; echo $?
grep -o '"error": .*' json; grep -o '"failed": .*' json
ionatlas convert -q o/x.nxs -o - --format csv
ionatlas analyze -q d1/x.csv -o o >summary; echo $?
