// tools/make_ionization.c: turn data/ionization.csv into the C table that
// post_ionization.c includes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { Z_MAX = 92, ENERGIES = 4 };

// One element; rows rise by Z, energies rise, and after an empty one all are empty.
static bool take_row(char *line, unsigned *z, FILE *out)
{
    char *at = line, *end;
    double before = 0;
    unsigned long own = strtoul(at, &end, 10);
    if (*end != ',' || own <= *z || own > Z_MAX || !(at = strchr(end + 1, ',')))
        return false;
    unsigned long period = strtoul(at + 1, &end, 10);
    if (period < 1 || period > 7)
        return false;
    fprintf(out, "    [%lu] = {%lu, {", own, period);
    for (size_t k = 0; k < ENERGIES; k++) {
        if (*end != ',')
            return false;
        at = end + 1;
        double energy = strtod(at, &end);
        bool given = end > at;
        if (given && energy <= before)
            return false;
        if (given && before < 0)
            return false;
        before = given ? energy : -1;
        fprintf(out, "%s%.10g", k > 0 ? ", " : "", given ? energy : 0.0);
    }
    fprintf(out, "}},\n");
    *z = (unsigned)own;
    return *end == '\n' || *end == '\0';
}

static bool convert(FILE *in, FILE *out)
{
    char line[256];
    unsigned z = 0;
    fprintf(out, "// Made from data/ionization.csv by tools/make_ionization.c.\n"
                 "static const element_energies energies[] = {\n");
    if (!fgets(line, sizeof line, in))
        return false;
    for (size_t number = 2; fgets(line, sizeof line, in); number++)
        if (!take_row(line, &z, out)) {
            fprintf(stderr, "make_ionization: line %zu is no row in order\n", number);
            return false;
        }
    fprintf(out, "    [%d] = {0, {0}},\n};\n", Z_MAX);
    return !ferror(in) && !ferror(out);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: make_ionization INPUT OUTPUT\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "w");
    if (!in || !out) {
        fprintf(stderr, "make_ionization: cannot open %s or %s\n", argv[1], argv[2]);
        return 1;
    }
    bool good = convert(in, out);
    fclose(in);
    return fclose(out) == 0 && good ? 0 : 1;
}
