# What could sit at an m/n: of a number, and of a peak.
ionatlas label 28.0 --elements C,N,O,Si,Fe --atoms-max 2 --charge-max 2 | cut -f 2-5
ionatlas label 28.0 --elements Xy
echo "rc $?"
ionatlas label 28.0 --atoms-max 9
echo "rc $?"
ionatlas label no_such_file.pos --at 28
echo "rc $?"
ionatlas simulate --specimen spectrum --composition "Fe Cr:0.1" --n-ions 50000 --seed 3 --fill-missing -q -o steel.pos >/dev/null
ionatlas label steel.pos --at 28 --most 1 -q | head -2 | cut -f 2-5,19
ionatlas label steel.pos --at 41.3 --most 1 | tail -1 | cut -f 1,7
