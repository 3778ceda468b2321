# What is asked beyond the specimen, of no ranged ion, or of a method that cannot tell it.
ionatlas simulate --specimen clusters --size-x 8 --size-y 8 --size-z 8 --seed 3 -o s.epos -q >/dev/null
common="s.epos --elements Fe,Cu"
ionatlas rdf $common --from Cu --r-max 100 --n-shuffles 19 2>&1 >/dev/null | grep r_max
ionatlas correlation $common --from Cu --r-max 50 --n-shuffles 19 2>&1 >/dev/null | grep r_max
ionatlas simulate --specimen clusters --size-x 4 --size-y 4 --size-z 4 --seed 3 -o few.epos -q >/dev/null
ionatlas knn few.epos --elements Fe,Cu --from Cu --k 1000 --n-shuffles 19 2>&1 >/dev/null | grep 'k = '
ionatlas cluster $common --solute Cu --method msm --posterior p.npy
# Of no ranged ion every question has the same answer.
printf '[Ions]\nNumber=1\nIon1=Fe\n[Ranges]\nNumber=1\nRange1=190.0 190.2 Vol:0.012 Fe:1 Color:FF0000\n' >beyond.rrng
for question in rdf knn frequency correlation cluster field profile; do
    ionatlas $question s.epos --ranges beyond.rrng -q
    echo "$question: exit $?"
done
# One parameter at a time, as table and figure.
ionatlas profile $common --solute Cu --profile-bin 1 --n-shuffles 19 --sensitivity --plot v.gp -q | head -5
grep -c "set label .*ladder distance" v.gp
ionatlas rdf $common --from Cu --n-shuffles 19 --sensitivity --plot rdf=g.gp,sensitivity=w.gp -q | head -2 | cut -f 1-5
grep -c "distance r" g.gp
grep -c "r max" w.gp
ionatlas knn $common --from Cu --sensitivity -o k.nxs
ionatlas field $common --solute Cu --kernel two-pass --voxel 1 --n-shuffles 1 --sensitivity -q | grep half_correlation | cut -f 1-5
ionatlas frequency $common --from Cu --n-shuffles 19 --sensitivity -q | grep mu | cut -f 1-5
ionatlas proxigram $common --sensitivity -o p.nxs
