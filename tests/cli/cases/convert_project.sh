# A project holds its range file as text; it is converted as the ions it holds.
printf 'x,y,z,mass\n1,2,3,27.98\n2,3,4,28.01\n' >ions.csv
printf '[Ions]\nNumber=1\nIon1=Fe\n[Ranges]\nNumber=1\nRange1=27.9 28.1 Fe:1\n' >fe.rrng
ionatlas analyze -q ions.csv -r fe.rrng >summary
ionatlas convert -q ions.nxs -o again.csv
cat again.csv
# Its ranges, where the ending asks for ranges.
ionatlas convert -q ions.nxs -o again.fig.txt
cat again.fig.txt
