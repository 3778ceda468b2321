# Columns that a format cannot hold are named; those that it needs are asked for.
printf 'x,y,z,mass,tof\n1,2,3,27,500\n4,5,6,28,510\n' >ions.csv
ionatlas convert ions.csv -o ions.pos; echo $?
ionatlas convert ions.csv -o ions.epos; echo $?
ionatlas convert ions.csv -o ions.epos --fill-missing; echo $?
ionatlas convert ions.epos -o -  --format tsv; echo $?
ionatlas convert ions.csv -o ions.pos; echo $?
ionatlas convert ions.pos -o ions.pos; echo $?
ionatlas convert ions.csv -o ions.xyz; echo $?
printf '27Al+ 26.9 27.1\n' >r.fig.txt
ionatlas convert r.fig.txt -o r.rrng && cat r.rrng
ls
