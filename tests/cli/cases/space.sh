# Profiles, fields, surfaces and proximity histograms of a small specimen; what is refused.
ionatlas simulate --specimen clusters --size-x 10 --size-y 10 --size-z 12 --seed 3 -o s.epos -q >/dev/null
common="s.epos --elements Fe,Cu -q"
ionatlas profile $common --solute Cu --profile-bin 3 --n-shuffles 19 | head -12
ionatlas profile $common --solute Cu --region slab:0,0,6,0,0,1,4 --ions-per-bin 10000 | grep -c .
ionatlas field $common --solute Cu --kernel two-pass --trust --n-shuffles 0 --grid f.npy | head -7
ionatlas isosurface $common --solute Cu --kernel fixed --sigma 0.5 --voxel 0.5 --threshold 20 --n-null 0 --mesh s.ply | head -4
head -4 s.ply | tail -3
ionatlas proxigram $common --solute Cu --kernel fixed --sigma 0.5 --voxel 0.5 --threshold 20 --n-null 0 --species Cu --n-draws 19 | head -4
ionatlas field $common --solute Ni
ionatlas field $common --solute Cu --grid f.txt
ionatlas profile $common --axis q
ionatlas profile $common --region slab:0,0,900,0,0,1,1
ionatlas isosurface $common --solute Cu --kernel fixed --sigma 0.5 --threshold 20 --mesh s.ply
