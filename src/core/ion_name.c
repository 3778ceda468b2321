// src/core/ion_name.c: reading and writing formulas such as "56Fe 16O++".
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ion_name.h"

#include <stdio.h>
#include <string.h>

/*
   A formula is a row of parts, then one + or - per charge. A part is [isotope] symbol
   [count]. Digits between two symbols belong to the symbol in front ("Fe2O3"), unless a
   blank parts them
   ("Fe 16O"). Only in a formula that begins with an isotope, where every part is expected
   to have one, the longest end of the digits that names a nuclide of the symbol behind is
   its isotope ("16O1H2" is 16O and two 1H, "12C21H4" two 12C and four 1H). D is 2H.
*/
typedef struct {
    const char *at;
    bool isotopes; // the formula begins with an isotope
    bool full;     // the last part was sound, but there was no room for it
} reader;

enum { CHARGE_MAX = 8, NUMBER_MAX = 1000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(reader *in)
{
    while (*in->at == ' ' || *in->at == '\t')
        in->at++;
}

// The number in [begin, end); NUMBER_MAX for anything larger.
static unsigned number_of(const char *begin, const char *end)
{
    unsigned value = 0;

    for (; begin < end && value < NUMBER_MAX; begin++)
        value = 10 * value + (unsigned)(*begin - '0');
    return value < NUMBER_MAX ? value : NUMBER_MAX;
}

static const char *end_of_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

// Atomic number of the symbol at `at`, the longer one of two; its length.
static unsigned read_symbol(const char *at, size_t *length)
{
    for (*length = 2; *length > 0; --*length) {
        unsigned z = strnlen(at, *length) == *length ? ia_element_find(at, *length) : 0;
        if (z)
            return z;
    }
    return 0;
}

// Where in the digits [begin, end) the isotope of the symbol behind them begins; `end`
// when the digits are all a count.
static const char *find_isotope(const char *begin, const char *end)
{
    size_t length;
    unsigned z = read_symbol(end, &length);

    for (const char *at = begin; z && at < end; at++)
        if (*at != '0' && ia_nuclide_of(z, number_of(at, end)))
            return at;
    return end;
}

static bool read_count(reader *in, unsigned *count)
{
    const char *end = end_of_digits(in->at);

    if (in->isotopes)
        end = find_isotope(in->at, end);
    *count = end == in->at ? 1 : number_of(in->at, end);
    in->at = end;
    return *count > 0;
}

static bool read_part(reader *in, ia_ion *ion)
{
    const char *end = end_of_digits(in->at);
    unsigned isotope = number_of(in->at, end), count;
    bool has_isotope = end > in->at;
    size_t length;

    unsigned z = read_symbol(end, &length);
    if (!z && !has_isotope && *end == 'D') { // no element's symbol: deuterium
        z = 1;
        length = 1;
        isotope = 2;
    }
    if (!z || (has_isotope && isotope == 0))
        return false;
    in->at = end + length;
    if (!read_count(in, &count) || (isotope && !ia_nuclide_of(z, isotope)))
        return false;
    in->full = !ia_ion_add(ion, z, isotope, count);
    return !in->full;
}

static bool read_charge(reader *in, ia_ion *ion)
{
    const char sign = *in->at;
    ion->negative = sign == '-';
    for (; *in->at && *in->at == sign; in->at++)
        if (ion->charge++ == CHARGE_MAX)
            return false;
    skip_blanks(in);
    return *in->at == '\0';
}

static bool read_formula(const char *formula, ia_ion *ion)
{
    reader in = {.at = formula};

    skip_blanks(&in);
    in.isotopes = is_digit(*in.at);
    while (*in.at && *in.at != '+' && *in.at != '-') {
        if (!read_part(&in, ion))
            return false;
        skip_blanks(&in);
    }
    return ion->n_parts > 0 && read_charge(&in, ion);
}

bool ia_ion_name_is_too_large(const char *name)
{
    reader in = {.at = name, .isotopes = is_digit(*name)};
    ia_ion ion = {0};

    while (*in.at && read_part(&in, &ion))
        skip_blanks(&in);
    return in.full;
}

static const char cut_mark[] = "...";
enum { CUT_MARK = sizeof cut_mark - 1, CUT_AT = IA_ION_NAME - 1 - CUT_MARK };

ia_ion ia_ion_label(const char *text, size_t n)
{
    ia_ion ion = {0};
    size_t kept = n;

    if (n > IA_ION_NAME - 1)
        for (kept = CUT_AT;
             kept > CUT_AT - 3 && ((unsigned char)text[kept] & 0xC0) == 0x80;)
            kept--; // not in the middle of a character of UTF-8
    memcpy(ion.name, text, kept);
    if (kept < n)
        memcpy(ion.name + kept, cut_mark, CUT_MARK);
    return ion;
}

bool ia_ion_is_cut(const ia_ion *ion)
{
    size_t n = strnlen(ion->name, IA_ION_NAME);

    return ion->n_parts == 0 && n >= CUT_AT &&
           memcmp(ion->name + n - CUT_MARK, cut_mark, CUT_MARK) == 0;
}

// The text without blanks at its ends as a label.
static ia_ion label_of(const char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    return ia_ion_label(text, n);
}

ia_ion ia_ion_of(const char *formula)
{
    ia_ion ion = {0};

    if (!read_formula(formula, &ion))
        return label_of(formula);
    ia_ion_rename(&ion);
    return ion;
}

static int print_part(const ia_ion_part *part, char *text, size_t n)
{
    const char *symbol = ia_element_of(part->z)->symbol;
    char isotope[8] = "", count[8] = "";

    if (part->a)
        snprintf(isotope, sizeof isotope, "%u", part->a);
    if (part->count > 1)
        snprintf(count, sizeof count, "%u", part->count);
    return snprintf(text, n, "%s%s%s", isotope, symbol, count);
}

static void print_name(const ia_ion *ion, const char *between, char name[2 * IA_ION_NAME])
{
    size_t size = 2 * IA_ION_NAME, used = 0;

    for (size_t i = 0; i < ion->n_parts; i++) {
        used += (size_t)snprintf(name + used, size - used, "%s", i > 0 ? between : "");
        used += (size_t)print_part(&ion->parts[i], name + used, size - used);
    }
    for (size_t i = 0; i < ion->charge && i < CHARGE_MAX; i++)
        name[used++] = ion->negative ? '-' : '+';
    name[used] = '\0';
}

// Blanks stand between the parts only where the name would mean something else without
// them.
void ia_ion_rename(ia_ion *ion)
{
    char name[2 * IA_ION_NAME];
    ia_ion back = {0};

    if (ion->n_parts == 0)
        return;
    print_name(ion, "", name);
    if (!read_formula(name, &back) || !ia_ion_is_equal(ion, &back))
        print_name(ion, " ", name);
    memset(ion->name, 0, sizeof ion->name);
    memcpy(ion->name, name, strnlen(name, IA_ION_NAME - 1));
}
