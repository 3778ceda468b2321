# Every command whose steps make a record writes it as a project or as a report.
ionatlas simulate --specimen clusters --size-x 4 --size-y 4 --size-z 8 --seed 1 -o s.epos -q >truth
for asked in range composition multihit "knn --from Cu" "cluster --solute Cu" hydrogen; do
    command=${asked%% *}
    ionatlas $asked s.epos -o $command.nxs -q >table
    echo "$command project: $?, $(ionatlas history $command.nxs | cut -f 2 | grep -c label) list of candidates"
    ionatlas $asked s.epos -o $command.html -q >again
    echo "$command report: $?, $(head -c 15 $command.html), $(cmp table again && echo the same table)"
done
ionatlas rerun cluster.nxs -q | tail -n 1
ionatlas knn s.epos --from Cu -o knn.html -q >again
echo "a report of this program is replaced: $?"
echo "a diary" >diary.html
ionatlas knn s.epos -o diary.html
echo "another file is not: $?"
ionatlas knn s.epos -o knn.txt
echo "no record: $?"
ionatlas range s.epos --source auto --ranges s.rrng
echo "ranges found and given: $?"
ionatlas hydrogen s.epos --reference-h-sigma 0.1
echo "an error of nothing: $?"
