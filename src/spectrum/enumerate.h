// src/spectrum/enumerate.h: every combination of nuclides and charge within a window of
// m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ENUMERATE_H
#define IA_SPECTRUM_ENUMERATE_H

#include <ionatlas/ion.h>

// Most atoms of a combination, and of a hydrocarbon.
enum { IA_COMBINATION_ATOMS = 5, IA_COMBINATION_ROOM = 18 };

// A nuclide that may take part.
typedef struct {
    const ia_nuclide *nuclide;
    double mass;          // Da, neutral
    double log_abundance; // natural logarithm
    double cost;          // of its element, once per ion: log odds against it, at least 0
    unsigned z;           // its element
} ia_member;

// Two members and what they weigh together, Da.
typedef struct {
    double mass;
    uint16_t lighter, heavier;
} ia_member_pair;

typedef struct {
    ia_member *list; // (n) by rising mass
    size_t n;
    ia_member_pair *pairs; // (n_pairs) by rising mass
    size_t n_pairs;
} ia_members;
// Puts the list in order and makes the pairs.
ia_status ia_members_finish(ia_ctx *ctx, ia_members *members);
void ia_members_clear(ia_members *members);

typedef struct {
    uint16_t member[IA_COMBINATION_ROOM]; // (n_atoms) indices, by rising mass
    uint8_t n_atoms, charge;
    bool negative;
    double mass;          // neutral, Da
    double log_abundance; // of the nuclides, with the multinomial factor
    double key; // what it is kept by: log_abundance less all costs, larger is better
} ia_combination;

// The ion of a combination, isotopes named; `kind` the same without isotopes.
void ia_combination_name(const ia_members *members, const ia_combination *c, ia_ion *ion,
                         ia_ion *kind);

typedef struct {
    const ia_members *members; // finished
    double lo, hi;             // m/n, Da, both included
    size_t charge_max, atoms_max;
    bool negative;     // anions
    size_t carbon_max; // and hydrocarbons of more atoms with so much carbon; 0: none
    double log_least;  // of log_abundance; -INFINITY for any
    double atom_cost, charge_cost; // of each atom, each charge beyond the first
    size_t most;                   // the best so many are kept
    bool only_best; // do not look at what cannot be among these: `found` is then no count
} ia_enumeration;

// Every multiset of up to atoms_max members and every charge: none is left out but by the
// window and the abundance. `found` counts them all, `out` (freed with free()) holds the
// `n` best by falling key; the same on any number of threads. O(multisets of one atom
// less), 0.1 to 0.5 s for five atoms of all natural nuclides.
ia_status ia_enumeration_run(ia_ctx *ctx, const ia_enumeration *rules,
                             ia_combination **out, size_t *n, uint64_t *found);

#endif
