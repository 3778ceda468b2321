// src/spectrum/assign_journal.c: what has changed in a model since it was marked, so that
// it can be led back without a copy of the whole.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_journal.h"

#include <stdlib.h>
#include <string.h>

static ia_status changes_new(ia_ctx *ctx, size_t n, size_t size, ia_changes *out)
{
    out->since = ia_array(ctx, n, sizeof *out->since);
    out->which = ia_array(ctx, IA_MARKS * n, sizeof *out->which);
    out->before = ia_array(ctx, IA_MARKS * n, sizeof *out->before);
    out->kept = ia_array(ctx, IA_MARKS * n, size);
    return out->since && out->which && out->before && out->kept ? IA_OK : IA_ERR_MEMORY;
}

static void changes_clear(ia_changes *changes)
{
    free(changes->since);
    free(changes->which);
    free(changes->before);
    free(changes->kept);
}

ia_status ia_journal_open(ia_ctx *ctx, ia_model *model, ia_journal *out)
{
    ia_status st;

    *out = (ia_journal){.marks = 0};
    if ((st = changes_new(ctx, model->n_sites, sizeof(ia_site), &out->sites)) != IA_OK ||
        (st = changes_new(ctx, model->n_species, sizeof(ia_species), &out->species)) !=
            IA_OK ||
        (st = changes_new(ctx, model->n_matters, sizeof(unsigned), &out->matters)) !=
            IA_OK)
        return st;
    model->journal = out;
    return IA_OK;
}

void ia_journal_close(ia_model *model, ia_journal *journal)
{
    changes_clear(&journal->sites);
    changes_clear(&journal->species);
    changes_clear(&journal->matters);
    model->journal = NULL;
}

void ia_journal_mark(ia_model *model, unsigned level)
{
    ia_journal *j = model->journal;

    if (level == 0)
        j->sites.n = j->species.n = j->matters.n = 0;
    j->mark = ++j->marks;
    j->at[level].model = *model;
    j->at[level].mark = j->mark;
    j->at[level].n_sites = j->sites.n;
    j->at[level].n_species = j->species.n;
    j->at[level].n_matters = j->matters.n;
}

// The last change first: what an item was before all of them is written last.
static void undo(ia_changes *changes, size_t n, void *list, size_t size)
{
    while (changes->n > n) {
        size_t last = --changes->n, item = changes->which[last];
        memcpy((char *)list + item * size, (char *)changes->kept + last * size, size);
        changes->since[item] = changes->before[last];
    }
}

void ia_journal_return(ia_model *model, unsigned level)
{
    ia_journal *j = model->journal;
    double work = model->work;

    undo(&j->sites, j->at[level].n_sites, model->sites, sizeof *model->sites);
    undo(&j->species, j->at[level].n_species, model->species, sizeof *model->species);
    undo(&j->matters, j->at[level].n_matters, model->matters, sizeof *model->matters);
    *model = j->at[level].model;
    model->work = work;
    j->mark = j->at[level].mark;
}

// Has the item not changed since the mark? Then the caller keeps it in the next place.
static bool is_first(ia_changes *changes, uint32_t mark, size_t item)
{
    if (changes->since[item] == mark)
        return false;
    changes->which[changes->n] = (uint32_t)item;
    changes->before[changes->n] = changes->since[item];
    changes->since[item] = mark;
    return true;
}

void ia_journal_site(ia_model *model, size_t site)
{
    ia_journal *j = model->journal;

    if (j && j->mark && is_first(&j->sites, j->mark, site))
        ((ia_site *)j->sites.kept)[j->sites.n++] = model->sites[site];
}

void ia_journal_species(ia_model *model, const ia_species *species)
{
    ia_journal *j = model->journal;

    if (j && j->mark &&
        is_first(&j->species, j->mark, (size_t)(species - model->species)))
        ((ia_species *)j->species.kept)[j->species.n++] = *species;
}

void ia_journal_matter(ia_model *model, size_t matter)
{
    ia_journal *j = model->journal;

    if (j && j->mark && is_first(&j->matters, j->mark, matter))
        ((unsigned *)j->matters.kept)[j->matters.n++] = model->matters[matter];
}
