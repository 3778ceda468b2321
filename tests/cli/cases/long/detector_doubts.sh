# Hits that cannot be meant as they stand are told by all four commands that place them: an origin in the corner of the detector or a third of its radius off its middle, and hits of which a part is in cm.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 15 --size-z 3 --efficiency 0.5 --background 0 \
    --molecules "" --ions "" -o tip.epos -q >truth
spoil() { # OUTPUT PERL: of ($x, $y), the hit of ion $i
    perl -e 'binmode STDIN; binmode STDOUT; while (read STDIN, $ion, 44) { ($x, $y) = unpack("f>2", substr($ion, 28, 8)); '"$2"';
        substr($ion, 28, 8) = pack("f>2", $x, $y); $i++; print $ion; }' <tip.epos >"$1"
}
quick="--signal-ions 0 --map-cells 40"
printf 'hkl\tx_mm\ty_mm\n0,0,2\t0\t0\n1,1,3\t17.34\t17.34\n-1,1,3\t-17.34\t17.34\n1,-1,3\t17.34\t-17.34\n2,0,4\t26.04\t0\n' >poles.tsv
say() { # FILE: what each of the four says of it, without figures
    local told=(--element Al --flight-path 90 --efficiency 0.5)
    for command in "hitmap $1 $quick" "index $1 --crystal fcc --projection-length 90 $quick --n-noise-maps 19" "reconstruct $1 ${told[*]}" \
        "reconstruct $1 ${told[*]} --crystal fcc:0.405 --poles poles.tsv --spacing-reach 0"; do
        # shellcheck disable=SC2086
        echo "$1, ${command%% *}: $(ionatlas $command 2>&1 | grep -cE 'lie about \(|changes within the file|part of them may be in another|at \(0, 0\)')"
    done
}
spoil corner.epos '$x += 38; $y += 38'
spoil third.epos '$y -= 12.7'
spoil half.epos 'if ($i > 10000) { $x /= 10; $y /= 10 }'
spoil mixed.epos 'if ($i % 2) { $x /= 10; $y /= 10 }'
spoil none.epos 'if ($i % 20 == 0) { $x = 0; $y = 0 }'
for file in tip corner third half mixed none; do say $file.epos; done
# told where the axis is, it is no doubt any more
ionatlas index corner.epos --crystal fcc --projection-length 90 --axis-x 38 --axis-y 38 $quick 2>&1 | grep -c "lie about ("
ionatlas reconstruct corner.epos --element Al --flight-path 90 --efficiency 0.5 --centre-x 38 --centre-y 38 2>&1 | grep -c "lie about ("
# nor do they change what it tells
for file in tip corner; do
    ionatlas index $file.epos --crystal fcc --projection-length 90 $quick -q | grep -E "^(indexed|n_named|n_expected|axis_x_mm)" | sed -E 's/\.[0-9]+//'
done
ionatlas hitmap corner.epos $quick 2>&1 >out | sed -E 's/[0-9]+\.[0-9]+/N/g'
# inches look like a small detector in cm
spoil inches.epos '$x /= 25.4; $y /= 25.4'
ionatlas hitmap inches.epos $quick 2>&1 >out | sed -E 's/[0-9]+\.[0-9]+/N/'
# hits that are no number have a count of their own
spoil nan.epos 'if ($i % 100 == 0) { $x = "nan" + 0 }'
ionatlas hitmap nan.epos $quick 2>&1 | grep -E "no finite|n_no_place"
