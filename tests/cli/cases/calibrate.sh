# m/n of a file made sharper: what is written is checked before the work, a project repeats, raw hits that tell nothing are refused.
ionatlas simulate --specimen spectrum --composition "Al Cu:0.02 Mg:0.02" --molecules "H+:0.02 H2+:0.003" --n-ions 20000 --seed 1 -o run.csv -q >truth
ionatlas calibrate run.csv -o run.epos
echo "missing: $?"
ionatlas calibrate run.csv -o run.xyz
echo "no format: $?"
ionatlas calibrate run.csv -o p.nxs -q >out
echo "calibrate: $?"
grep -E "^(verdict|from|ions)" out
ionatlas rerun p.nxs -q >again
echo "rerun: $?"
: >empty.raw
ionatlas calibrate empty.raw
echo "empty: $?"
head -c 3200 /dev/zero | tr '\0' 'E' >hundred.raw
ionatlas calibrate hundred.raw -q
echo "a hundred: $?"
