# Hit maps and orientation: what is shown, and what is refused.
printf 'x_mm,y_mm\n0,0\n-18.4,-19.3\n19.7,-18\n18,19.8\n-19.1,18.6\n' > poles.csv
ionatlas index --poles poles.csv --crystal bcc --projection-length 90 --n-random 39 --level 0.05 | grep -E '^(indexed|crystal|n_named)'
for length in 9 900; do
    ionatlas index --poles poles.csv --crystal bcc --projection-length $length --n-random 39 --level 0.05 | grep indexed
done
ionatlas index --poles poles.csv
ionatlas index --poles poles.csv --crystal fcc:x
ionatlas index --crystal fcc
ionatlas index --poles poles.csv --crystal fcc --plot poles.svg
printf 'x,y\n1,2\n' > names.csv
ionatlas index --poles names.csv --crystal fcc
printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > one.pos
ionatlas hitmap one.pos
ionatlas index one.pos --crystal fcc
# before the file is looked at
ionatlas index one.pos
ionatlas index one.pos --crystal fcc:0.4:3
ionatlas index one.pos --crystal fcc --plot poles.svg,maps=maps.png
