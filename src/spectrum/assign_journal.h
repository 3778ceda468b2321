// src/spectrum/assign_journal.h: what has changed in a model since it was marked, so that
// it can be led back without a copy of the whole.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ASSIGN_JOURNAL_H
#define IA_SPECTRUM_ASSIGN_JOURNAL_H

#include "spectrum/assign_internal.h"

// The outer mark, and one made on the way from there.
enum { IA_MARKS = 2 };

// Of one list of a model: what its items were when they changed first after a mark.
typedef struct {
    uint32_t *since;  // (n of the list) the mark after which an item changed last
    uint32_t *which;  // (n) items as they changed
    uint32_t *before; // (n) `since` of these at that time
    void *kept;       // (n) what they were
    size_t n;
} ia_changes;

struct ia_journal {
    ia_changes sites, species, matters;
    uint32_t mark, marks; // the one in force; how many were made
    struct {
        ia_model model; // its counts of elements and scores
        uint32_t mark;
        size_t n_sites, n_species, n_matters; // changes before it
    } at[IA_MARKS];
};

// Room for all changes from both marks on; the model writes into it from now on.
ia_status ia_journal_open(ia_ctx *ctx, ia_model *model, ia_journal *out);
void ia_journal_close(ia_model *model, ia_journal *journal);
// Mark the model as it stands. The outer mark (0) gives up both that were there.
void ia_journal_mark(ia_model *model, unsigned level);
// Back to the mark, which stays in force. Only `work` is kept.
void ia_journal_return(ia_model *model, unsigned level);

// Before an item changes.
void ia_journal_site(ia_model *model, size_t site);
void ia_journal_species(ia_model *model, const ia_species *species);
void ia_journal_matter(ia_model *model, size_t matter);

#endif
