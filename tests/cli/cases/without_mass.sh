# Hits alone have no m/n until someone knows the flight path; APT takes what there is.
printf 'C 100 1.015 0.7 50\nI 38\nV 5000 0\n-3 550.5\nS1 1 2 1\n-0 551 400\nS2 0 0 3 4 1 2\n' >hits.ops
ionatlas info hits.ops -q; echo $?
ionatlas spectrum hits.ops -q; echo $?
ionatlas spectrum hits.ops --flight-path 100 --t0 50 --bin 5 --m-min 20 --m-max 30 -q; echo $?
ionatlas convert hits.ops -o hits.pos -q; echo $?
ionatlas convert hits.ops -o hits.apt -q; echo $?
ionatlas convert hits.apt -o - --format csv --flight-path 100 --t0 50 -q; echo $?
ionatlas range hits.ops; echo $?
ionatlas analyze hits.ops >summary; echo $?
ls
