# Options that commands share, what lists of elements may hold, and a file that is none of ions.
ionatlas simulate --specimen clusters --size-x 8 --size-y 8 --size-z 20 --seed 3 -o s.pos -q >truth.tsv
for way in "--from Cu" "--solute Cu" "--solute Fe --from Cu" "--from Cu --solute Fe"; do
    ionatlas knn s.pos --ranges s.rrng --n-shuffles 19 $way -q | sha256sum
done | sort | uniq -c | awk '{ print $1 " of 4 the same" }'
for list in , Cu,,Mn Cu, Xx; do
    ionatlas knn s.pos --ranges s.rrng --solute "$list"
    ionatlas cluster s.pos --ranges s.rrng --solute "$list"
    ionatlas range s.pos --elements "$list"
done
ionatlas composition s.pos --ranges s.rrng --plot spectrum.gp -q | head -2
head -c 20 spectrum.gp | wc -c
ionatlas composition s.pos --ranges s.rrng --plot spectrum.gp -q
head -c 1600 /dev/zero | tr '\0' 'a' >text.pos
ionatlas info text.pos | head -3
ionatlas range s.pos --posterior chances.txt || true
