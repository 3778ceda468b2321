#!/usr/bin/env bash
# Every seed of every readable format into every writable one: it becomes the same ions or ranges
# with each loss named, or is refused in one sentence and nothing is written.
set -u
program=$(realpath "$1")
source=${IONATLAS_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
failed=0 n_pairs=0 before=
declare -A cells

wrong() { # SEED FORMAT SENTENCE
    echo "FAILED ${1#"$source"/} to $2: $3"
    sed 's/^/    /' "$scratch/err"
    failed=$((failed + 1))
}

"$program" methods formats >"$scratch/formats"
readable=$(awk -F '\t' 'NR > 1 && $2 != "" { print $1 }' "$scratch/formats")
writable=$(awk -F '\t' 'NR > 1 && $3 != "" { print $1 }' "$scratch/formats")

# Into $scratch/out; $made is the file.
convert() { # FILE FORMAT
    rm -rf "$scratch/out"
    mkdir "$scratch/out"
    "$program" convert "$1" --format "$2" -o "$scratch/out" >"$scratch/stdout" 2>"$scratch/err"
    rc=$?
    made=$(find "$scratch/out" -type f)
}

# What both sides are compared by: a table of ions, or ranges in the two formats that together
# hold everything.
remember() { # FILE NAME
    local format
    rm -f "$scratch/$2".*
    for format in tsv rrng fig; do
        convert "$1" $format
        [ $rc = 0 ] && cp "$made" "$scratch/$2.$format"
        # Ions are compared by their table alone, and a seed may hold ranges as well.
        [ "$2" = after ] && [ -e "$scratch/after.tsv" ] && return
    done
    return 0
}

# Columns of the first table that the second has as well must have equal values; the others are
# printed, by the names that warnings call them.
compare_tables() { # BEFORE AFTER
    awk -F '\t' '
        FNR == 1 { for (i = 1; i <= NF; i++) if (NR == 1) before[$i] = i; else after[$i] = i; next }
        NR == FNR { for (name in before) value[FNR, name] = $before[name]; n = FNR; next }
        { for (name in after) if (!(name in before)) print "invented " name
                              else if ($after[name] != value[FNR, name]) print "changed " name
          rows = FNR }
        END { for (name in before) if (!(name in after)) print "lost " name
              if (rows != n) print "rows " n " " rows }' "$1" "$2" | sort -u
}

# The column of the library behind a column of the table.
column_of() {
    case $1 in
        x_nm | y_nm | z_nm) echo xyz ;;
        m_n_da) echo mass ;;
        det_x_mm | det_y_mm) echo det_xy ;;
        *) sed -E 's/_(ns|v|pj|khz|k|s)$//' <<<"$1" ;;
    esac
}

check_ions() { # SEED FORMAT WARNINGS
    local what name
    while read -r what name; do
        if [ "$what" != lost ]; then
            wrong "$1" "$2" "$what: $name"
        elif ! grep -q "(column $(column_of "$name")): lost" "$3"; then
            wrong "$1" "$2" "lost without a word: $name"
        fi
    done < <(compare_tables "$scratch/before.tsv" "$scratch/after.tsv")
}

# The elements of an ion in whatever order.
bounds_and_elements() {
    sed -n 's/^Range[0-9]*=//p' "$1" | sed -E 's/ Vol:[^ ]*//; s/ Color:[0-9A-F]*//' |
        awk '{ line = $1 " " $2; n = split($0, part); for (i = 3; i <= n; i++)
                   for (k = i + 1; k <= n; k++) if (part[k] < part[i]) {
                       t = part[i]; part[i] = part[k]; part[k] = t }
               for (i = 3; i <= n; i++) line = line " " part[i]; print line }' | sort
}

# Names with their characters in order: 12C21H4++ and 1H412C2++ are the same ion.
bounds_and_names() {
    awk '{ name = $0; sub(/ [^ ]+ [^ ]+$/, "", name); n = length(name); sorted = ""
           for (i = 1; i <= n; i++) c[i] = substr(name, i, 1)
           for (i = 2; i <= n; i++)
               for (k = i; k > 1 && c[k] < c[k - 1]; k--) {
                   t = c[k]; c[k] = c[k - 1]; c[k - 1] = t }
           for (i = 1; i <= n; i++) sorted = sorted c[i]
           print $(NF - 1), $NF, sorted }' "$1" | sort
}

check_ranges() { # SEED FORMAT WARNINGS
    local part
    diff <(bounds_and_elements "$scratch/before.rrng") \
        <(bounds_and_elements "$scratch/after.rrng") >"$scratch/err" ||
        grep -qE 'of one word|no names' "$3" || wrong "$1" "$2" "bounds or elements changed"
    diff <(bounds_and_names "$scratch/before.fig") <(bounds_and_names "$scratch/after.fig") \
        >"$scratch/err" || grep -qE 'holds no charges|of one word|no names' "$3" ||
        wrong "$1" "$2" "charges lost without a word"
    for part in 'Vol:[^ ]*' 'Color:[0-9A-F]*'; do
        diff <(grep -o "$part" "$scratch/before.rrng" | sort) \
            <(grep -o "$part" "$scratch/after.rrng" | sort) >"$scratch/err" ||
            grep -qE "holds (no atomic volumes|no colours|one colour)" "$3" ||
            wrong "$1" "$2" "volumes or colours lost without a word"
    done
}

# One seed into one format; $cell tells what came of it.
check_pair() { # SEED FORMAT
    convert "$1" "$2"
    local status=$rc written=$made sentences
    n_pairs=$((n_pairs + 1))
    sentences=$(grep -cv '^ionatlas: warning: ' "$scratch/err")
    if [ $status = 1 ]; then
        cell=refused
        [ -z "$written" ] || wrong "$1" "$2" "refused, and yet a file was written"
        [ "$sentences" = 1 ] && grep -q '^ionatlas: [^ ].' "$scratch/err" ||
            wrong "$1" "$2" "refused in $sentences sentences"
        return
    fi
    cell=ok
    grep -qE ': lost$|are lost$|lose' "$scratch/err" && cell=losses
    if [ $status != 0 ] || [ "$sentences" != 0 ] || [ "$(wc -l <<<"$written")" != 1 ]; then
        wrong "$1" "$2" "exit $status, $sentences sentences, written: $written"
        return
    fi
    cp "$written" "$scratch/written.${written##*/}"
    cp "$scratch/err" "$scratch/warnings"
    [ "$before" = "$1" ] || remember "$1" before
    before=$1
    remember "$scratch/written.${written##*/}" after
    if [ -e "$scratch/after.tsv" ]; then
        check_ions "$1" "$2" "$scratch/warnings"
    elif [ -e "$scratch/after.rrng" ]; then
        check_ranges "$1" "$2" "$scratch/warnings"
    else
        wrong "$1" "$2" "what was written is not read"
    fi
    rm -f "$scratch"/written.*
}

mkdir -p "$scratch/seeds/tsv" "$scratch/seeds/imzml"
cp "$source"/tests/formats/imzml/two_pixels.* "$scratch/seeds/imzml/"
printf 'x\ty\tz\tm\n1\t2\t3\t27\n' >"$scratch/seeds/tsv/plain.tsv"
for format in $readable; do
    for seed in "$source/fuzz/corpus/$format"/* "$scratch/seeds/$format"/*; do
        [[ $seed == *eleven_billion_ions* ]] && continue # as a file of ions it fills any disk
        # "built" is what a fuzz target builds a file from; a format without a folder of its own
        # leaves a star.
        # The numbers of an imzML lie beside it.
        case $seed in */built* | */\* | *.ibd) continue ;; esac
        for target in $writable; do
            check_pair "$seed" "$target"
            # The best of the seeds stands for the format.
            case $cell:${cells[$format,$target]:-} in
                ok:* | losses: | losses:refused | refused:) cells[$format,$target]=$cell ;;
            esac
        done
    done
    grep -qE 'ok|losses' <<<"$(for t in $writable; do echo "${cells[$format,$t]:-}"; done)" ||
        wrong "$format" any "no seed of it is converted at all"
done

# Files that are wrong in one way each: the same rules.
for seed in "$source"/tests/formats/*/*.*; do
    for target in csv rrng; do
        check_pair "$seed" $target
    done
done

# All seeds of ions at once: one row each, and as many files as rows that went well.
mkdir "$scratch/many"
n=0 seeds=()
for seed in "$source"/fuzz/corpus/{pos,epos,apt,raw,ato,ops,ply,csv,rrng}/*; do
    n=$((n + 1))
    cp "$seed" "$scratch/many/$n-$(basename "$seed")"
    seeds+=("$scratch/many/$n-$(basename "$seed")")
done
mkdir "$scratch/all"
"$program" convert "${seeds[@]}" --format csv -o "$scratch/all" >"$scratch/summary" 2>/dev/null
: >"$scratch/err"
rows=$(grep -c "^$scratch/many/" "$scratch/summary")
ok=$(awk -F '\t' '$2 == "ok"' "$scratch/summary" | wc -l)
[ "$rows" = "$n" ] || wrong "$n seeds" csv "$rows rows in the summary"
[ "$ok" -gt 0 ] && [ "$ok" = "$(find "$scratch/all" -type f | wc -l)" ] ||
    wrong "$n seeds" csv "$ok rows went well, and the files are others"

printf '%-12s' from; printf ' %-8s' $writable; echo
for format in $readable; do
    printf '%-12s' "$format"
    for target in $writable; do printf ' %-8s' "${cells[$format,$target]:-}"; done
    echo
done
echo "$n_pairs conversions, $failed wrong"
[ "$n_pairs" -gt 500 ] && [ "$failed" -eq 0 ]
