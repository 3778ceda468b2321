# Constants that change over a run: found in parts of it, become sections, stay in the record.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 20 --size-z 6 --kf 3 --icf 1.55 \
    --rotate-x-deg 17 --rotate-y-deg -6 --rotate-z-deg 20 --evaporation-field 19 --efficiency 0.8 --background 0 --molecules "" --ions "" \
    --icf-drift 0.06 --centre-drift-y 2 -o tip.epos -q >truth
told=(--evaporation-field 19 --flight-path 90 --efficiency 0.8 --crystal fcc:0.405 --fit-parts 3)
ionatlas reconstruct tip.epos "${told[@]}" --plot constants=c.gp,evidence=e.gp >out 2>err
echo "parts: $?"
grep -oE "(image compression|the centre) changes over the run" err
sed -n '/^# sections/,/^$/p' out | awk 'NR == 2 { for (i = 1; i <= NF; i++) if ($i ~ /icf|centre/) print $i } END { print NR - 3 " rows" }'
grep -E "^(constant|part)" out
grep -o "image compression" c.gp
ionatlas reconstruct tip.epos "${told[@]}" -o tip.nxs -q >kept 2>/dev/null
cmp out kept && echo "the same in a record"
ionatlas rerun tip.nxs -q >again
echo "rerun: $?"
grep "fit_" again
ionatlas reconstruct tip.epos "${told[@]}" --sections "ion icf; 0 1.5; 1000 1.6" -q 2>&1 >/dev/null | grep -o "cannot be given as well"
ionatlas reconstruct tip.epos "${told[@]:0:6}" --fit-parts 3 --plot constants=c.gp -q 2>&1 >/dev/null
