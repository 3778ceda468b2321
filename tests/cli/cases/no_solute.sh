# Where no solute is ranged there is no question: every command of space ends with 1 and one sentence.
awk 'BEGIN {srand(1); for (i = 0; i < 4000; i++) printf "%.4f,%.4f,%.4f,56\n", 5 * rand(), 5 * rand(), 5 * rand()}' >iron.csv
printf '[Ions]\nNumber=1\nIon1=Fe\n[Ranges]\nNumber=1\nRange1=55.5 56.5 Vol:0.01 Fe:1 Color:FF0000\n' >iron.rrng
for command in knn rdf correlation frequency cluster field isosurface proxigram; do
    ionatlas $command iron.csv --ranges iron.rrng
    echo "$command: $?"
done
for asked in "knn --from Cu" "rdf --from Cu" "cluster --solute Cu" "field --solute Cu"; do
    ionatlas $asked iron.csv --ranges iron.rrng
    echo "$asked: $?"
done
ls -A
