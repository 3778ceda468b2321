# Nothing is written over an input, a device, a pipe or what another program made.
printf 'x,y,z,mass\n1,2,3,27.98\n2,3,4,28.01\n' >ions.csv
printf 'Range1=27.9 28.1 Fe:1\n' >fe.rrng
sha256sum ions.csv fe.rrng >sums
mkfifo pipe.csv

try() {
    "$@" >/dev/null
    echo "rc $?"
}
ln -s ions.csv ions.html
try ionatlas analyze -q ions.csv -r fe.rrng
rm ions.html
echo notes >ions.html
try ionatlas analyze -q ions.csv -r fe.rrng
rm ions.html
mkdir ions.html
try ionatlas analyze -q ions.csv -r fe.rrng
rmdir ions.html
ln -s ions.csv ions.nxs
try ionatlas analyze -q ions.csv -r fe.rrng --force
rm ions.nxs
ln -s fe.rrng ions.nxs
try ionatlas analyze -q ions.csv -r fe.rrng --force
rm ions.nxs
try ionatlas convert -q ions.csv -o pipe.csv --force
mkdir folder
ln ions.csv folder/other.csv
cp ions.csv other.csv
try ionatlas convert -q other.csv ions.csv -o folder --format csv --force
rm -r folder
sha256sum --quiet -c sums
ls -A
