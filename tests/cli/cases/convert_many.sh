# Many files at once: one row each in one summary, with what was lost; one bad file does not stop the
# others; what holds ions does not become ranges.
printf 'x,y,z,mass,tof\n1,2,3,27,500\n4,5,6,28,510\n' >a.csv
printf '27Al+ 26.9 27.1\n' >r.fig.txt
mkdir out
ionatlas convert a.csv r.fig.txt absent.csv --format pos -o out; echo $?
ionatlas convert r.fig.txt a.csv --format rrng -o out 2>/dev/null; echo $?
ionatlas convert a.csv --format apt -o out --json; echo $?
ionatlas convert - -o b.tsv <a.csv && cat b.tsv
ionatlas convert a.csv -o a.fig.txt; echo $?
ionatlas convert r.fig.txt -o r.pos; echo $?
ionatlas convert a.csv --format raw -o out; echo $?
ionatlas convert a.csv --format csv -o - --json; echo $?
ionatlas convert r.fig.txt -o absent/; echo $?
ionatlas convert r.fig.txt -o absent/r.rrng; echo $?
mkdir again
ionatlas convert a.csv ./a.csv --format csv -o again 2>&1; echo $?
name=$(printf 'b\a.csv')
cp a.csv "$name"
ionatlas convert r.fig.txt "$name" --format pos -o again 2>/dev/null
rm "$name"
ls . out
