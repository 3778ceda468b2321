// tools/embed.c: turn a file into the bytes of a C array, for data compiled into the
// library.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: embed INPUT OUTPUT\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "rb");
    FILE *out = fopen(argv[2], "w");
    if (!in || !out) {
        fprintf(stderr, "embed: cannot open %s or %s\n", argv[1], argv[2]);
        return 1;
    }
    int byte;
    for (size_t n = 0; (byte = fgetc(in)) != EOF; n++)
        fprintf(out, "%d,%s", byte, n % 24 == 23 ? "\n" : "");
    fputc('\n', out);
    fclose(in);
    return fclose(out) == 0 ? 0 : 1;
}
