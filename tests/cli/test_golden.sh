#!/usr/bin/env bash
# Run every tests/cli/cases/*.sh in a folder of its own and compare stdout, stderr and exit code with
# what stands beside it. IONATLAS_REFRESH=1 writes them anew.
#
# usage: test_golden.sh PROGRAM [FOLDER [CASE...]]
#        FOLDER beside this script, cases by default; all its cases by default
set -u
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
cases=$here/${2:-cases}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$program" "$scratch/bin/ionatlas"
export PATH="$scratch/bin:$PATH" LC_ALL=C TZ=UTC

failed=0 run=0
for name in ${*:3}; do
    [ -e "$cases/$name.sh" ] || { echo "no case $name in $cases"; exit 2; }
done
for script in "$cases"/*.sh; do
    name=$(basename "$script" .sh)
    [ $# -le 2 ] || [[ " ${*:3} " == *" $name "* ]] || continue
    folder="$scratch/$name"
    mkdir "$folder"
    (cd "$folder" && bash "$script" >"$scratch/out" 2>"$scratch/err"; echo $? >"$scratch/rc")
    for part in out err rc; do
        golden="$cases/$name.$part"
        if [ -n "${IONATLAS_REFRESH:-}" ]; then
            cp "$scratch/$part" "$golden"
        elif ! diff -u "$golden" "$scratch/$part" >"$scratch/diff"; then
            echo "FAILED $name.$part"
            cat "$scratch/diff"
            failed=$((failed + 1))
        fi
    done
    run=$((run + 1))
done
echo "$run cases, $failed differences"
[ "$run" -gt 0 ] && [ "$failed" -eq 0 ]
