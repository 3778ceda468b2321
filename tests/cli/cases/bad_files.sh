# What cannot be read ends with 1 and one sentence; nothing is left behind.
mkdir folder
: >empty.pos
head -c 21 /dev/zero | tr '\0' 'B' >noise.bin
head -c 2000 /dev/urandom >random.rng
printf '1,2,3,27\n1,2,3\n' >short.csv
printf '1,2,3,nan\n' >nan.csv
printf '1,2,3,-27\n' >negative.csv
for file in absent.pos folder empty.pos noise.bin short.csv nan.csv negative.csv; do
    ionatlas info $file
    echo "$file: $?"
done
# Broken range files: their own reader says what is wrong, whatever was asked for.
printf 'My specimen\n1 1\n' >title.rng
printf 'Fe+ 55.8 56.1\n51.9 52.1\n' >no_ion.fig.txt
for file in title.rng no_ion.fig.txt; do
    ionatlas info $file
    ionatlas convert $file -o x.rrng
    ionatlas convert $file -o x.csv
done
ionatlas convert short.csv -o x.rrng
printf '1,2,3,27\n' >sound.csv
ionatlas convert sound.csv -o x.rrng
ls -A
