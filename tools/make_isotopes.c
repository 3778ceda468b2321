// tools/make_isotopes.c: turn data/isotopes.csv into the C tables that element.c
// includes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { Z_MAX = 92, FIELDS = 7, TEXT = 32 };

// What is known of one element once its rows have been read.
typedef struct {
    char symbol[4];
    size_t first, n; // nuclides
    double weighted, abundance;
} element;

typedef struct {
    FILE *in, *out;
    element elements[Z_MAX + 1];
    size_t n_nuclides;
    unsigned z, a; // of the row before
} table_job;

static bool cut(char *line, char *fields[FIELDS])
{
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        line += strcspn(line, ",");
        if (i + 1 < FIELDS && *line != ',')
            return false;
        if (*line == ',')
            *line++ = '\0';
    }
    return *line == '\0';
}

static const char *half_life(const char *field)
{
    if (strcmp(field, "inf") == 0)
        return "INFINITY";
    return *field ? field : "NAN";
}

// One nuclide; the file must go up by Z and then by A.
static bool take_row(table_job *job, char *line)
{
    char *fields[FIELDS];

    if (!cut(line, fields))
        return false;
    unsigned z = (unsigned)strtoul(fields[0], NULL, 10);
    unsigned a = (unsigned)strtoul(fields[3], NULL, 10);
    if (z < 1 || z > Z_MAX || z < job->z || (z == job->z && a <= job->a))
        return false;
    element *e = &job->elements[z];
    if (e->n++ == 0)
        e->first = job->n_nuclides;
    snprintf(e->symbol, sizeof e->symbol, "%.3s", fields[1]);
    double abundance = strtod(fields[5], NULL);
    e->weighted += abundance * strtod(fields[4], NULL);
    e->abundance += abundance;
    fprintf(job->out, "    {%u, %u, %s, %s, %s},\n", z, a, fields[4], fields[5],
            half_life(fields[6]));
    job->n_nuclides++;
    job->z = z;
    job->a = a;
    return true;
}

static void write_element(FILE *out, const element *e)
{
    fprintf(out, "    {\"%s\", ", e->symbol);
    if (e->abundance > 0)
        fprintf(out, "%.17g", e->weighted / e->abundance);
    else
        fprintf(out, "NAN");
    fprintf(out, ", nuclides + %zu, %zu},\n", e->first, e->n);
}

static bool convert(table_job *job)
{
    char line[256];

    fprintf(job->out, "// Made from data/isotopes.csv by tools/make_isotopes.c.\n"
                      "static const ia_nuclide nuclides[] = {\n");
    if (!fgets(line, sizeof line, job->in))
        return false;
    for (size_t number = 2; fgets(line, sizeof line, job->in); number++) {
        if (!take_row(job, line)) {
            fprintf(stderr, "make_isotopes: line %zu is no row in order\n", number);
            return false;
        }
    }
    fprintf(job->out, "};\n\nstatic const ia_element elements[] = {\n    {0},\n");
    for (size_t z = 1; z <= Z_MAX; z++)
        write_element(job->out, &job->elements[z]);
    fprintf(job->out, "};\n");
    return job->z == Z_MAX && !ferror(job->in) && !ferror(job->out);
}

int main(int argc, char **argv)
{
    static table_job job;

    if (argc != 3) {
        fprintf(stderr, "usage: make_isotopes INPUT OUTPUT\n");
        return 2;
    }
    job.in = fopen(argv[1], "r");
    job.out = fopen(argv[2], "w");
    if (!job.in || !job.out) {
        fprintf(stderr, "make_isotopes: cannot open %s or %s\n", argv[1], argv[2]);
        return 1;
    }
    bool good = convert(&job);
    fclose(job.in);
    return fclose(job.out) == 0 && good ? 0 : 1;
}
