# The composition by other settings and other people, kept in a project and repeated.
ionatlas simulate --specimen spectrum --composition "Al Cu:0.05" --n-ions 20000 --seed 1 -o s.csv -q >truth
printf '[Ranges]\nNumber=1\nRange1=26.8 27.3 Al:1\n' >a.rrng
printf '[Ranges]\nNumber=2\nRange1=26.8 27.3 Al:1\nRange2=62.8 63.3 Cu:1\n' >b.rrng
ionatlas range s.csv --agreement --draws 3 --ranges a.rrng,b.rrng -o p.nxs -q >out
echo "range: $?"
head -1 out
sed -n 2,3p out | cut -f 1
ionatlas history p.nxs | cut -f 1-2,7 | grep ranges
ionatlas rerun p.nxs -q >again
echo "rerun: $?"
ionatlas range p.nxs -q | head -2 | cut -f 1-3
ionatlas range s.csv --agreement --ranges a.rrng,none.rrng
echo "absent: $?"
ionatlas range s.csv --compare-rules --ranges a.rrng
echo "rules: $?"
ionatlas range s.csv --compare-rules -q | cut -f 1 | sed -n '1p;/^$/,/^$/p' | head -12
