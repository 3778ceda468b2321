# A reconstruction that is killed while it writes is gone on with: --resume gives the bytes of one that nobody stopped. Of another command it starts anew and says so.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 12 --size-z 2 --background 0 --molecules "" --ions "" \
    -o tip.epos -q >truth
for _ in $(seq 120); do cat tip.epos; done >long.epos
told=(--element Al --flight-path 90 --efficiency 0.5)
ionatlas reconstruct long.epos "${told[@]}" -q -o whole.pos >out
echo "whole: $?"

{ # bash tells of those who were killed
    ionatlas reconstruct long.epos "${told[@]}" -q -o part.pos >out2 &
    process=$!
    while kill -0 $process && ! ls .part.pos.*.mark; do :; done
    kill -9 $process
    wait $process
} >noise 2>&1
ionatlas reconstruct long.epos "${told[@]}" -q --resume --force -o part.pos >out2
echo "killed, gone on with: $?"
cmp whole.pos part.pos && cmp out out2 && echo "the same bytes"

# A disk that is full after the first part, at a place that is the same in every run.
stop() {
    rm -f part.pos
    (ulimit -f 17000 && ionatlas reconstruct long.epos "${told[@]}" -q --resume -o part.pos >out2)
    echo "stopped: $?, drafts and records: $(ls -A | grep -c draft)"
}
stop
ionatlas reconstruct long.epos "${told[@]}" --resume -o part.pos 2>&1 >out2 | grep "run before"
cmp whole.pos part.pos && cmp out out2 && echo "the same bytes"

stop
ionatlas reconstruct long.epos "${told[@]}" --icf 1.6 --resume -o part.pos 2>&1 >out2 | grep "run before"
ionatlas reconstruct long.epos "${told[@]}" --icf 1.6 -q -o other.pos >out2
cmp other.pos part.pos && echo "the same bytes as without the draft"

stop
printf x | dd of="$(ls .part.pos.*.draft)" bs=1 seek=5000000 conv=notrunc status=none
ionatlas reconstruct long.epos "${told[@]}" --resume -o part.pos 2>&1 >out2 | grep "run before"
cmp whole.pos part.pos && echo "the same bytes"

stop
head -c 100 .part.pos.*.mark >cut && mv cut .part.pos.*.mark
ionatlas reconstruct long.epos "${told[@]}" --resume -o part.pos 2>&1 >out2 | grep "run before"
cmp whole.pos part.pos && echo "the same bytes"

# Without a draft it just runs; a format of whole columns and a project say that they start anew.
rm part.pos
ionatlas reconstruct long.epos "${told[@]}" --resume -o part.pos 2>&1 >out2 | grep -c "run before"
cmp whole.pos part.pos && echo "the same bytes"
ionatlas reconstruct tip.epos "${told[@]}" --resume -o tip.apt 2>&1 >out2 | grep anew
ionatlas reconstruct tip.epos "${told[@]}" --resume -o tip.nxs 2>&1 >out2 | grep anew
ionatlas reconstruct tip.epos "${told[@]}" --resume
echo "without -o: $?"
ls -A | grep -c draft
