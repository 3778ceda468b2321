# Distances to a mesh made elsewhere, kept in a project and repeated; what is refused.
ionatlas simulate --specimen clusters --size-x 10 --size-y 10 --size-z 12 --seed 3 -o s.epos -q >/dev/null
common="s.epos --elements Fe,Cu -q"
cat >box.obj <<'END'
# a box, its faces seen from outside
v -2 -2 4
v 2 -2 4
v 2 2 4
v -2 2 4
v -2 -2 8
v 2 -2 8
v 2 2 8
v -2 2 8
f 4 3 2 1
f 5 6 7 8
f 1 2 6 5
f 2 3 7 6
f 3 4 8 7
f 4 1 5 8
END
ionatlas proxigram $common --mesh box.obj --species Cu --n-draws 19 --divisions 0 -o p.nxs | head -11
ionatlas history p.nxs -q | grep ^note_mesh
ionatlas history p.nxs -q | grep proxigram | cut -f 8
ionatlas rerun p.nxs -q >out
echo "rerun: exit $?"
ionatlas verify p.nxs -q >out
echo "verify: exit $?"
# A file that is too large to be kept whole.
(cat box.obj; head -c 17000000 /dev/zero | tr '\0' '#') >large.obj
ionatlas proxigram $common --mesh large.obj --species Cu --n-draws 19 --divisions 0 -o l.nxs >out
ionatlas rerun l.nxs -q
echo "rerun: exit $?"
ionatlas isosurface $common --solute Cu --kernel fixed --sigma 0.5 --voxel 0.5 --threshold 20 --n-null 0 --mesh s.stl >out
ionatlas proxigram $common --mesh s.stl --species Cu --n-draws 19 --divisions 0 >out
echo "surface: exit $?"
sed '$d' box.obj >open.obj
ionatlas proxigram s.epos --elements Fe,Cu --mesh open.obj --species Cu --n-draws 19 --divisions 0 2>&1 >out | grep sides
sed '/^v/s/\([48]\)$/9\1/' box.obj >far.obj
ionatlas proxigram $common --mesh far.obj
ionatlas proxigram $common --mesh s.epos
ionatlas proxigram $common --mesh none.ply
ionatlas proxigram $common --mesh box.obj --sensitivity
