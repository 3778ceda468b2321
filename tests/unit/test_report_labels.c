// tests/unit/test_report_labels.c: names in the spectrum stand at their own peaks or
// nowhere.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "report/plot_internal.h"

// A curve that has the peaks of these wishes and nothing else.
typedef struct {
    const plot_wish *wishes;
    size_t n;
} skyline;

static double skyline_ceiling(const void *curve, double left, double right)
{
    const skyline *s = curve;
    double most = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->wishes[i].x >= left && s->wishes[i].x <= right)
            most = fmax(most, s->wishes[i].y);
    return most;
}

static void place_in(const plot_wish *wishes, size_t n, plot_box *boxes)
{
    skyline curve = {wishes, n};
    plot_room room = {300, 200, skyline_ceiling, &curve};
    plot_place_names(wishes, n, n, &room, boxes);
}

static void names_stand_at_their_own_peaks(void **unused)
{
    (void)unused;
    // As the isotopes of iron about manganese: no room between two taller neighbours.
    static const plot_wish wishes[] = {
        {112, 150, 40, 12, 0, false}, {100, 100, 40, 12, 0, false},
        {118, 80, 40, 12, 0, false},  {106, 60, 40, 12, 1, false},
        {200, 50, 40, 12, 2, false},  {240, 30, 40, 12, 3, false},
        {299, 30, 40, 12, 4, false},
    };
    plot_box boxes[14];
    place_in(wishes, 7, boxes);
    assert_true(boxes[3].width == 0);
    for (size_t i = 0; i < 7; i++) {
        const plot_box *b = &boxes[i];
        double right = b->left + b->width;
        if (i == 3)
            continue;
        assert_true(b->width == 40 && b->left < wishes[i].x && wishes[i].x < right);
        assert_true(b->bottom > skyline_ceiling(&(skyline){wishes, 7}, b->left, right));
        for (size_t k = 0; k < 7; k++) // over no peak of another ion but far below
            assert_true(wishes[k].ion == wishes[i].ion || wishes[k].x < b->left ||
                        wishes[k].x > right || wishes[k].y < wishes[i].y - 12);
    }
    assert_true(boxes[4].left == 180 && boxes[4].bottom < 60); // alone: over its middle
}

// As cobalt between two lower isotopes of nickel: no name stands clear of both.
static void the_highest_peak_of_an_ion_may_reach_over_lower_ones(void **unused)
{
    (void)unused;
    plot_wish wishes[] = {{100, 100, 40, 12, 0, false},
                          {92, 90, 40, 12, 1, false},
                          {108, 90, 40, 12, 1, false}};
    plot_box boxes[6];
    place_in(wishes, 3, boxes);
    assert_true(boxes[0].width == 0);
    wishes[0].leads = true;
    place_in(wishes, 3, boxes);
    assert_true(boxes[0].width == 40 && boxes[0].left < 100 && boxes[0].left + 40 > 100);
    wishes[1].y = 99; // about as high: its name it could be
    place_in(wishes, 3, boxes);
    assert_true(boxes[0].width == 0 || boxes[0].left > 92);
}

static void a_name_without_room_is_left_out(void **unused)
{
    (void)unused;
    static const plot_wish high = {150, 190, 40, 12, 0, false};
    static const plot_wish twins[] = {{100, 50, 40, 12, 0, false},
                                      {100, 50, 40, 12, 1, false}};
    plot_box boxes[4];
    place_in(&high, 1, boxes);
    assert_true(boxes[0].width == 0);
    place_in(twins, 2, boxes);
    assert_true(boxes[0].width == 0 && boxes[1].width == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_at_their_own_peaks),
        cmocka_unit_test(the_highest_peak_of_an_ion_may_reach_over_lower_ones),
        cmocka_unit_test(a_name_without_room_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
