# Overlaps of one ion are merged and warned about; those of two ions are refused.
printf '1,2,3,27\n1,2,3,28\n1,2,3,27.5\n1,2,3,99\n' >ions.csv
printf '[Ranges]\nNumber=2\nRange1=26.9 27.2 Al:1\nRange2=27.1 27.6 Al:1\n' >same.rrng
printf '[Ranges]\nNumber=2\nRange1=26.9 27.2 Al:1\nRange2=27.1 28.1 Si:1\n' >different.rrng
printf '[Ranges]\nNumber=1\nRange1=27.2 26.9 Al:1\n' >reversed.rrng
printf '[Ranges]\nNumber=1\nRange1=200 201 Al:1\n' >outside.rrng
for ranges in same different reversed outside; do
    ionatlas composition ions.csv --ranges $ranges.rrng
    echo "$ranges: $?"
done
