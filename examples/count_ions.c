// examples/count_ions.c: ions of a file counted in the ranges of another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>

#include <stdio.h>
#include <stdlib.h>

// Read both files and count.
static ia_status count(ia_ctx *ctx, const char *ions_path, const char *ranges_path)
{
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    ia_status st;
    if ((st = ia_ions_read(ctx, ions_path, &ions)) != IA_OK ||
        (st = ia_ranges_read(ctx, ranges_path, &ranges)) != IA_OK ||
        (st = ia_ranger_build(ctx, &ranges, &ranger)) != IA_OK ||
        (st = ia_range_counts_compute(ctx, &ions, &ranger, &counts)) != IA_OK)
        goto done;
    for (size_t i = 0; i < ranger.n; i++)
        printf("%s\t%g\t%g\t%llu\n", ranges.ions[ranger.ion[i]].name, ranger.lo[i],
               ranger.hi[i], (unsigned long long)counts.counts[i]);
    printf("none\t\t\t%llu\n", (unsigned long long)counts.unranged);
done:
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
    return st;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: count_ions IONS RANGES\n");
        return EXIT_FAILURE;
    }
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = count(ctx, argv[1], argv[2]);
    if (st != IA_OK)
        fprintf(stderr, "count_ions: %s\n", ia_ctx_message(ctx));
    ia_ctx_free(ctx);
    return st == IA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
