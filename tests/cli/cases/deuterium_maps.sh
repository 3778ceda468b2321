# Deuterium below, hydrogen above: D is asked for as an element is, by ranges that name it, and H is without it.
awk 'BEGIN {
    srand(1)
    for (i = 0; i < 6000; i++) {
        mass = i < 2700 || (i >= 3000 && i < 5700) ? 56 : i < 2900 ? 2.014 : i < 3000 ? 3.022 : 1.008
        printf "%.4f,%.4f,%.4f,%s\n", 6 * rand(), 6 * rand(), (i < 3000 ? 0 : 6) + 6 * rand(), mass
    }
}' >half.csv
cat >half.rrng <<'END'
[Ions]
Number=3
Ion1=H
Ion2=D
Ion3=Fe
[Ranges]
Number=4
Range1=0.95 1.06 Vol:0 H:1
Range2=1.97 2.06 Vol:0 Name:D
Range3=2.98 3.06 Vol:0 H:1 D:1
Range4=55.8 56.2 Vol:0 Fe:1
END
space="half.csv --ranges half.rrng -q"
ionatlas composition $space | cut -f 1-3 | sed -n 1,4p
ionatlas profile $space --solute D,H --axis z --profile-bin 6 | grep -A 3 '^# profile_' | cut -f 1-3
ionatlas profile $space --axis z --profile-bin 6 | grep -A 4 '^# flatness' | cut -f 1-2
ionatlas knn $space --from D,HD+ | grep -A 11 '^species' | cut -f 1-3 | grep -w 1
ionatlas rdf $space --from 2H --to H --n-shuffles 39 | grep -A 2 '^# rdf_tests' | cut -f 1-3
ionatlas frequency $space --from D --n-shuffles 39 | grep -A 2 '^species' | cut -f 1-5
ionatlas correlation $space --from D --n-shuffles 39 | sed -n 1,2p | cut -f 1-2
ionatlas field $space --solute D | sed -n 2p
ionatlas isosurface $space --solute D | sed -n 2p
ionatlas isosurface $space --solute D | grep -A 4 '^# partition' | cut -f 1-2
ionatlas proxigram $space --solute D --species D,H | grep -A 3 '^# interfaces' | cut -f 1
ionatlas cluster $space --solute D | grep -A 2 '^# tests' | cut -f 1,2
for asked in "profile --solute 57Fe" "knn --from 3H" "cluster --solute 57Fe" "cluster --solute D,57Fe" \
    "field --solute 3H" "rdf --from 5D" "profile --solute D+" "composition --limits-for 5D"; do
    ionatlas $asked $space
    echo "$asked: $?"
done
# Limits from a spectrum, of nuclides as of elements.
ionatlas simulate --specimen spectrum --composition Fe --molecules "H+:0.015" --n-ions 50000 --seed 1 -o s.csv -q >truth
ionatlas composition s.csv --enriched "57Fe" --limits --limits-for "D,H,57Fe,Fe" -q | grep -A 5 '^# detection_limits' | cut -f 1-4
