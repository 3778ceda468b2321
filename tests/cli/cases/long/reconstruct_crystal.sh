# Poles calibrate a run whose axis is off the middle, one with a quarter of the detector dead and hits in cm, and a tip of diamond.
tip() { # LATTICE PARAMETER ELEMENT OUTPUT OPTION...
    ionatlas simulate tip --lattice "$1" --lattice-parameter "$2" --composition "$3:1" --tip-radius 30 --size-z 4 --icf 1.5 \
        --kf 3 --evaporation-field 19 --efficiency 0.8 --background 0 --molecules "" --ions "" "${@:5}" -o "$4" -q >truth
}
within() { # NAME TRUTH SHARE: of a number in `out`
    awk -v name="$1" -v truth="$2" -v share="$3" \
        '$1 == name { off = $2 / truth - 1; print name, (off < share && off > -share ? "within " 100 * share " %" : $2); exit }' out
}
told=(--evaporation-field 19 --flight-path 90 --efficiency 0.8)
turned=(--rotate-x-deg 5 --rotate-y-deg -4 --rotate-z-deg 20)
tip fcc 0.405 Al aside.epos --centre-x 3 --centre-y -2 "${turned[@]}"
ionatlas reconstruct aside.epos "${told[@]}" --atomic-volume 0.0166 --crystal fcc:0.405 >out
echo "off the middle: $?"
ionatlas reconstruct aside.epos "${told[@]}" --crystal fcc:0.405 2>err | grep atomic_volume
grep -c assumed err
within icf 1.5 0.03
within kf 3 0.03
grep blind_share out
ionatlas reconstruct aside.epos "${told[@]}" --atomic-volume 0.0166 --crystal fcc:0.405 -o aside.nxs --plot evidence.gp -q >kept
cmp out kept && echo "the same in a record"
grep -oE "found over expected spacing|title 'foretold'|spatial distribution maps" evidence.gp
ionatlas reconstruct aside.epos "${told[@]}" --atomic-volume 0.0166 --plot none.gp -q 2>&1 >/dev/null
echo "no crystal: $?"
ionatlas history aside.nxs | grep -o "reconstruction caps fit fit_poles"
ionatlas rerun aside.nxs -q >again
echo "rerun: $?"
grep "fit" again
tip fcc 0.405 Al tip.epos "${turned[@]}"
perl -e 'binmode STDIN; binmode STDOUT; while (read STDIN, $ion, 44) { @hit = unpack("f>2", substr($ion, 28, 8)); next if $hit[0] > 15.35;
    substr($ion, 28, 8) = pack("f>2", $hit[0] / 10, $hit[1] / 10); print $ion }' <tip.epos >dead.epos
ionatlas reconstruct dead.epos "${told[@]}" --atomic-volume 0.0166 --crystal fcc:0.405 >out 2>err
echo "dead quarter: $?"
within icf 1.5 0.03
within kf 3 0.03
within blind_share 0.25 0.08
grep -c "taken for cm" err
grep -c "has no hits" err
tip diamond 0.543 Si diamond.epos
ionatlas reconstruct diamond.epos "${told[@]}" --atomic-volume 0.02 --crystal diamond:0.543 >out
echo "diamond: $?"
within icf 1.5 0.03
within kf 3 0.03
