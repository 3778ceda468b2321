# Several inputs: one bad one does not stop the others.
printf '1,2,3,27\n' >a.csv
printf '1,2,3,28\n4,5,6,29\n' >b.csv
ionatlas info a.csv absent.csv b.csv; echo $?
ionatlas info --json a.csv absent.csv b.csv; echo $?
