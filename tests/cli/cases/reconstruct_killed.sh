# A reconstruction that is killed while it writes leaves no file of that name; done again it gives the bytes of one that nobody stopped.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 12 --size-z 2 --background 0 --molecules "" --ions "" \
    -o tip.epos -q >truth
for _ in $(seq 60); do cat tip.epos; done >long.epos
told=(--element Al --flight-path 90 --efficiency 0.5 -q)
ionatlas reconstruct long.epos "${told[@]}" -o whole.pos >out
echo "whole: $?"
{ # bash tells of those who were killed
    ionatlas reconstruct long.epos "${told[@]}" -o part.pos >out &
    process=$!
    while kill -0 $process && ! ls .part.pos.*.draft; do :; done
    kill -9 $process
    wait $process
} >noise 2>&1
[ ! -e part.pos ] || cmp whole.pos part.pos # it may have been too quick
ionatlas reconstruct long.epos "${told[@]}" --force -o part.pos >out
echo "again: $?"
cmp whole.pos part.pos && echo "the same bytes"
ls -A | grep -c draft
