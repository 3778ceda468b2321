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
ls -A
