# What can be read only once is read once, and a wait for it can be ended; devices have no end.
printf '1,2,3,55.9\n2,2,3,55.9\n' >a.csv
printf 'Fe+ 55.8 56.1\n' >fe.fig.txt
mkfifo pipe
cat a.csv >pipe &
ionatlas info pipe
ionatlas composition <(cat a.csv) --ranges <(cat fe.fig.txt) 2>/dev/null | head -2
ionatlas convert -q <(cat a.csv) -o a.tsv && cat a.tsv
cat fe.fig.txt | ionatlas info - | tail -1
ionatlas info pipe &
exec 3>pipe # returns once the pipe is open at its other end, too
kill -TERM $!
wait $!; echo $?
ionatlas info /dev/zero; echo $?
ionatlas info /dev/null; echo $?
