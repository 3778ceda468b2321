# From a seed to a composition: the same numbers every time, on one thread and on two.
ionatlas simulate --size-x 6 --size-y 6 --size-z 6 --seed 3 -o s.epos >truth.tsv && head -4 truth.tsv
for threads in 1 2; do
    ionatlas analyze s.epos --ranges s.rrng --threads $threads --force
done
ionatlas composition s.epos --ranges s.rrng --region sphere:0,0,3,2 --weight
ls
ionatlas rerun s.nxs | grep -c "yes$"; ionatlas rerun s.nxs | grep -c "no$"
ionatlas verify s.nxs >/dev/null; echo $?
