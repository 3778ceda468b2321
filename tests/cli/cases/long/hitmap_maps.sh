# Maps of a tip: the combined map is the last of the arrays and of the figure, the drift of the pattern is a figure, and what makes no map is told.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 20 --size-z 6 --efficiency 0.5 --background 0 \
    --molecules "" --ions "" --centre-drift-x 2 -o tip.epos -q >truth
spoil() { # OUTPUT PERL: of the ion $ion
    perl -e 'binmode STDIN; binmode STDOUT; while (read STDIN, $ion, 44) { '"$2"'; print $ion; }' <tip.epos >"$1"
}
ionatlas hitmap tip.epos --signal-shuffles 1 --arrays maps.npy --plot maps=maps.gp,drift=drift.gp -q >out 2>err
cat err
head -c 128 maps.npy | grep -ao "'shape': ([0-9, ]*)"
grep -c "^set title" maps.gp
grep -o "set title 'combined" maps.gp
# the combined map has the highest contrast of all
awk '/^# /{t = $2} t == "combination" && $1 != "map" && NF > 2 {c = $1 == "combined" ? $2 : $3; if ($1 == "combined") sum = c; else if (c + 0 > most) most = c + 0}
    END {print (sum >= most ? "combined is best" : "combined is worse than " most ": " sum)}' out
# the centre moves evenly by 2 mm: by 1.5 from the first quarter to the last; within 0.25 mm, five of its errors
awk '/^# /{t = $2} t == "drift" && NF > 5 {x = $3; y = $4} END {print (x > 1.25 && x < 1.75 && y < 0.25 && y > -0.25 ? "drift is seen" : "drift " x " " y)}' out
grep -c "z (nm), mean" drift.gp
spoil zero.epos 'substr($ion, 28, 8) = "\0" x 8'
ionatlas hitmap zero.epos
spoil pulses.epos 'substr($ion, 36, 8) = "\0" x 8'
ionatlas hitmap pulses.epos --signal-ions 0 --arrays few.npy 2>&1 >/dev/null
ionatlas index tip.epos --crystal fcc --signal-ions 0 --n-random 39 --level 0.05 --plot drift=d.gp -q 2>&1 >/dev/null
