# Hydrogen against an uncharged specimen; the record needs no second file to be repeated.
ionatlas simulate --specimen spectrum --composition "Al Cu:0.02" --molecules "H+:0.02 H2+:0.001" --n-ions 30000 --seed 1 -o bare.csv -q >truth
ionatlas simulate --specimen spectrum --composition "Al Cu:0.02" --molecules "H+:0.02 H2+:0.001 2H+:0.004" --n-ions 30000 --seed 2 -o charged.csv -q >truth2
printf 'stage:\n  temperature: 50\n' >meta.yaml
ionatlas hydrogen charged.csv --reference bare.csv --meta meta.yaml --charging "D2 gas, 3 h" -o p.nxs -q >out
echo "hydrogen: $?"
sed -n '/# deuterium/,/^$/p' out | cut -f 1-2,12-13
sed -n '/# hydrogen_checklist/,$p' out | grep -E "temperature|charging|transfer|control" 
ionatlas rerun p.nxs -q >again
echo "rerun: $?"
ionatlas hydrogen p.nxs -q | grep "base temp"
ionatlas hydrogen charged.csv --reference none.csv
echo "absent: $?"
ionatlas hydrogen charged.csv -o out.txt
echo "no project: $?"
