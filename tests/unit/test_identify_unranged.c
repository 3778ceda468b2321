// tests/unit/test_identify_unranged.c: are ions without a range named?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/identify_job.h"

// Two ions told, of which ranges hold so many; what is said of the others.
static void note_with(size_t n_ranges, identifying *job)
{
    static ia_identified told[2];
    static ia_ion ions[2];
    static ia_range ranges[2];
    const char *names[2] = {"Fe++", "C+"};

    for (uint32_t k = 0; k < 2; k++) {
        ions[k] = ia_ion_of(names[k]);
        told[k] = (ia_identified){.ion = ions[k], .counts = 100.0 / (k + 1)};
        ranges[k] = (ia_range){.lo = 12 * k, .hi = 12 * k + 1, .ion = k};
    }
    *job = (identifying){.ctx = NULL};
    job->out.assignment.ions = told;
    job->out.assignment.n_ions = 2;
    job->out.ranges = (ia_ranges){
        .ions = ions, .n_ions = n_ranges, .ranges = ranges, .n_ranges = n_ranges};
    ia_identify_note_unranged(job);
}

static void ions_without_a_range_are_named(void **state)
{
    (void)state;
    identifying job;

    note_with(2, &job);
    assert_string_equal(job.notes, "");
    note_with(1, &job);
    assert_non_null(strstr(job.notes, "1 ion is told without a range"));
    assert_non_null(strstr(job.notes, "C+ (50)"));
    assert_null(strstr(job.notes, "Fe++"));
    note_with(0, &job);
    assert_non_null(strstr(job.notes, "2 ions are told without a range"));
    assert_non_null(strstr(job.notes, "Fe++ (100), C+ (50)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ions_without_a_range_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
