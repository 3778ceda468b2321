# What is read and written, from the table of formats; two that cannot go missing.
ionatlas methods formats >formats.tsv; echo $?
head -1 formats.tsv
grep -E '^(pos|rrng)	' formats.tsv
ionatlas manual nothing; echo $?
ionatlas completion tcsh; echo $?
