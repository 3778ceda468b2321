# Deuterium and an enriched isotope: ions, ranges and rows of their own, in range files and projects too.
ionatlas simulate --specimen spectrum --composition Fe --molecules "H+:0.015 2H+:0.006 57Fe++:0.1" --n-ions 50000 --seed 1 -o s.csv -q >truth
ionatlas range s.csv --enriched "D,57Fe" -o d.rrng -q | cut -f 1-3 | sed -n 1,8p
grep -w D d.rrng | cut -d ' ' -f 3-4
ionatlas composition s.csv --enriched "D,57Fe" -q | cut -f 1-2 | sed -n 1,5p
ionatlas composition s.csv --ranges d.rrng -q | cut -f 1-2 | sed -n 1,4p
ionatlas composition s.csv --ranges d.rrng --enriched 57Fe -q | cut -f 1-2 | sed -n 1,4p
ionatlas composition s.csv --ranges d.rrng --enriched Foo -q
echo "no nuclide, with a file: $?"
ionatlas composition s.csv --enriched "D,57Fe" --ionic -q | grep -A 5 '^# ions' | cut -f 1,5,7
ionatlas range s.csv --enriched "D,57Fe" --compare-rules -q | grep -A 5 '^# rules_spread' | cut -f 1-2
ionatlas analyze s.csv --enriched "D,57Fe" -o p.nxs -q >summary
ionatlas rerun p.nxs -q >again
echo "rerun: $?"
ionatlas composition p.nxs -q | cut -f 1-2 | sed -n 1,5p
ionatlas range s.csv --enriched Fe
echo "no nuclide: $?"
