# A spectrum whose file states its background: taken where it is asked for, in report and project too.
awk 'BEGIN {
    print "Mass to Charge State Ratio (Da), Uncorrected Count, Corrected Count, Background Count"
    for (i = 100; i < 4000; i++) {
        peak = i >= 2798 && i <= 2803 ? 900 : 0
        stated = 60 / sqrt(i)
        found = int(stated * (i % 3 + 0.5)) + peak
        printf "%.2f, %d, %.4f, %.4f\n", i / 100, found, found - stated, stated
    }
}' >stated.csv
printf '[Ions]\nNumber=1\nIon1=Si\n[Ranges]\nNumber=1\nRange1=27.9 28.1 Vol:0 Si:1 Color:FF0000\n' >si.rrng
ionatlas composition stated.csv --ranges si.rrng --model file -q | head -2; echo $?
ionatlas analyze stated.csv --ranges si.rrng --model file -q >summary; echo $?
grep -o '"model": *"[a-z]*"' stated.html | head -1
ionatlas rerun stated.nxs -q | cut -f2,3,7 | grep background.model
grep -v Background stated.csv | cut -d, -f1,2 | sed '1i m/n,counts' >plain.csv
ionatlas composition plain.csv --ranges si.rrng --model file -q; echo $?
