# Into a project: ranges of the input are lost with a word, its ending may be in capitals, and it
# is no stream. Nothing is said of bounds where there are no positions.
cat >species.ply <<'END'
ply
format ascii 1.0
element vertex 3
comment Ni//2 0 204 0
comment n/a//1 1 2 3
comment num_neighbors: 50
property float x
property float y
property float z
property uchar other
property float indices
end_header
1 2 3 9 0
-1 2.5 4 9 1
0.5 -2 5 9 0
END
printf 'x,y,z,mass\n1,2,3,27.98\n2,3,4,28.01\n' >ions.csv
printf '[Ions]\nNumber=1\nIon1=Fe\n[Ranges]\nNumber=1\nRange1=27.9 28.1 Fe:1\n' >fe.rrng
ionatlas analyze -q ions.csv -r fe.rrng >summary
ionatlas convert ions.nxs -o ions.NXS; echo $?
ionatlas convert species.ply -o species.nxs; echo $?
ionatlas convert ions.csv -o - --format nxs; echo $?
printf 'tof\n500\n510\n' >times.csv
ionatlas info times.csv | grep _nm
ionatlas analyze -q ions.csv -o again.NXS >summary; echo $?
ls
