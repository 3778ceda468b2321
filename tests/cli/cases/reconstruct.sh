# Positions from hits and voltages: a tip comes back, a project repeats, what cannot be reconstructed is refused in one sentence.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 15 --size-z 3 --sigma-xy 0 --aberration 0 \
    --efficiency 0.5 --background 0 --molecules "" --ions "" -o tip.epos -q >truth
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.5 -o tip.pos -q >out
echo "reconstruct: $?"
grep -E "^(ions|projection|evolution|increment|icf|kf|centre_mm|assumed)" out
awk '$1 == "radius_first_nm" { print ($2 > 14.9 && $2 < 15.1 ? "radius 15 nm" : "radius " $2) }' out
awk '$1 == "apex_last_nm" { print ($2 > 2.9 && $2 < 3.1 ? "apex at 3 nm" : "apex at " $2) }' out
printf 'depth radius\n0 15\n10 16\n' >profile.txt
ionatlas reconstruct tip.epos --element Al --evolution profile --profile profile.txt --preset 5000-xs --json -q >json
echo "profile: $?"
grep -c '"radius_first_nm": 15.0' json
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.5 -o tip.nxs -q >out
ionatlas rerun tip.nxs -q >again
echo "rerun: $?"
ionatlas info tip.nxs -q | grep columns
ionatlas reconstruct tip.epos -q --evolution shank
echo "no angle: $?"
ionatlas reconstruct tip.pos -q
echo "no hits: $?"
ionatlas reconstruct tip.epos -q --element Pb
echo "no element: $?"
ionatlas reconstruct tip.epos -o tip.xyz -q
echo "no format: $?"
ionatlas reconstruct tip.epos >out
echo "assumed: $?"
printf 'hkl\tx_mm\ty_mm\n0,0,2\t0\t0\n1,1,3\t17.34\t17.34\n-1,1,3\t-17.34\t17.34\n1,-1,3\t17.34\t-17.34\n2,0,4\t26.04\t0\n' >poles.tsv
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.5 --poles poles.tsv \
    --crystal fcc:0.405 --spacing-reach 0 -q >out
echo "poles: $?"
awk '$1 == "icf" { print ($2 > 1.64 && $2 < 1.66 ? "icf 1.65" : "icf " $2); exit }' out
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.5 --poles poles.tsv -q
echo "no crystal: $?"
ionatlas reconstruct tip.epos --element Al --efficiency 0.5 --poles poles.tsv --crystal fcc -q
echo "no flight path: $?"
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.5 --fit-parts 5 -q
echo "parts of no crystal: $?"
