# Every misuse ends with 2 and one sentence.
for arguments in "info" "info --nonsense x.pos" "spectrum a.pos b.pos" "spectrum --bin x a.pos" \
    "spectrum --bin -1 a.pos" "composition x.pos --set composition.nothing=1" \
    "info x.pos --threads 0" "convert x.pos" "convert x.pos -o y.pos --format nothing" \
    "info -r x.rrng x.pos" "history"; do
    ionatlas $arguments
    echo "$arguments: $?"
done
