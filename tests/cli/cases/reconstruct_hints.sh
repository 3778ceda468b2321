# What the reconstruction says to try next: poles of no one crystal, and a specimen that no tip is like, which is said before the fit.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 15 --size-z 3 --sigma-xy 0 --aberration 0 \
    --efficiency 0.5 --background 0 --molecules "" --ions "" -o tip.epos -q >truth
told=(--element Al --flight-path 90 --crystal fcc:0.405)
printf 'x_mm\ty_mm\n-21\t3\n4\t-30\n17\t11\n-2\t8\n25\t-19\n-14\t-26\n8\t31\n-30\t17\n' >anywhere.tsv
ionatlas reconstruct tip.epos "${told[@]}" --efficiency 0.5 --poles anywhere.tsv -q
echo "poles anywhere: $?"
printf 'hkl\tx_mm\ty_mm\n0,0,2\t0\t0\n1,1,3\t17.34\t17.34\n-1,1,3\t-17.34\t17.34\n1,-1,3\t17.34\t-17.34\n2,0,4\t26.04\t0\n' >poles.tsv
ionatlas reconstruct tip.epos "${told[@]}" --efficiency 0.0002 --poles poles.tsv --spacing-reach 0 >out
echo "too long: $?"
awk '$1 == "icf" { print ($2 > 1.64 && $2 < 1.66 ? "icf 1.65" : "icf " $2); exit }' out
