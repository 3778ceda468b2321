// src/synth/tip_queue.c: a binary heap of atoms; equal keys by a number drawn for each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <stdlib.h>

static bool is_before(const ia_tip_entry *a, const ia_tip_entry *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    if (a->tie != b->tie)
        return a->tie < b->tie;
    if (a->site != b->site)
        return a->site < b->site;
    return a->grain != b->grain ? a->grain < b->grain : a->count < b->count;
}

static ia_status make_room(ia_ctx *ctx, ia_tip_queue *queue)
{
    enum { ROOM_FIRST = 4096 };
    size_t room = queue->room ? 2 * queue->room : ROOM_FIRST;
    ia_tip_entry *entries = ia_array(ctx, room, sizeof *entries);

    if (!entries)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < queue->n; i++)
        entries[i] = queue->entries[i];
    free(queue->entries);
    queue->entries = entries;
    queue->room = room;
    return IA_OK;
}

ia_status ia_tip_queue_push(ia_ctx *ctx, ia_tip_queue *queue, ia_tip_entry entry)
{
    ia_status st;

    if (queue->n == queue->room && (st = make_room(ctx, queue)) != IA_OK)
        return st;
    size_t at = queue->n++;
    while (at > 0 && is_before(&entry, &queue->entries[(at - 1) / 2])) {
        queue->entries[at] = queue->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->entries[at] = entry;
    return IA_OK;
}

ia_tip_entry ia_tip_queue_pop(ia_tip_queue *queue)
{
    ia_tip_entry first = queue->entries[0], last = queue->entries[--queue->n];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < queue->n) {
        if (child + 1 < queue->n &&
            is_before(&queue->entries[child + 1], &queue->entries[child]))
            child++;
        if (!is_before(&queue->entries[child], &last))
            break;
        queue->entries[at] = queue->entries[child];
        at = child;
    }
    if (queue->n > 0)
        queue->entries[at] = last;
    return first;
}

void ia_tip_queue_clear(ia_tip_queue *queue)
{
    free(queue->entries);
    *queue = (ia_tip_queue){0};
}
