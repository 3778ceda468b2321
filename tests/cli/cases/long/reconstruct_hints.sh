# A radius that was told is not the lattice's fault: planes of aluminium, whose poles fit bcc better, are too wide by the radius, and that is said.
ionatlas simulate tip --lattice fcc --lattice-parameter 0.405 --composition Al:1 --tip-radius 28 --size-z 8 --rotate-x-deg 8 --rotate-y-deg 5 --rotate-z-deg 20 \
    --background 0 --molecules "" --ions "" --seed 501 -o tip.epos -q >truth
ionatlas reconstruct tip.epos --element Al --flight-path 90 --efficiency 0.52 --crystal fcc:0.405 --evolution fixed --radius 33 >out 2>err
echo "radius told: $?"
grep -o "the poles fit bcc better than fcc:0.405" err
grep -o "planes do not decide between them: the radius was told, not found, and the spacings go with it" err
grep -c "kf stays" err
awk '$1 == "radius_first_nm" || $1 == "radius_last_nm"' out
