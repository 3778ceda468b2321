# Ranges listed, edited and compared, with and without ions; edits stay with a project.
printf '1,2,3,27.95\n1,2,3,28.0\n1,2,3,28.02\n1,2,3,26\n1,2,3,29.5\n' >ions.csv
printf '[Ranges]\nNumber=2\nRange1=25.9 26.1 Vol:0 Cr:1 Color:FF0000\nRange2=27.9 28.1 Vol:0 Fe:1 Color:00FF00\n' >a.rrng
ionatlas range a.rrng
ionatlas range a.rrng --add "Co++ 29.4 29.6" --move "26 25.8 26.2" --split "28.01 Si+ Fe++" -o b.rrng --json
cat b.rrng
ionatlas range a.rrng --add "Si+ 28 28.2" -o c.rrng
echo "conflict: $?"
ls c.rrng
ionatlas range a.rrng --ranges b.rrng
echo "no ions: $?"
ionatlas range --compare a.rrng b.rrng
ionatlas range --compare a.rrng b.rrng ions.csv -q
ionatlas range --compare a.rrng
ionatlas range --compare a.rrng auto
ionatlas composition ions.csv --ranges a.rrng --rename "26 Mg+" -q
ionatlas analyze ions.csv --ranges a.rrng --remove Cr++ -o p.nxs -q >summary
ionatlas range p.nxs --add "Co++ 29.4 29.6" -q
ionatlas range p.nxs --edits none -q
ionatlas rerun p.nxs -q >again
echo "rerun: $?"
