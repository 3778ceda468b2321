// src/spectrum/ion_prior.h: how likely elements, charges and molecules are before a
// spectrum is seen, learnt from public range files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ION_PRIOR_H
#define IA_SPECTRUM_ION_PRIOR_H

#include <ionatlas/ion.h>

enum {
    IA_PRIOR_CHARGES = 4,
    IA_FORM_TEXT = 24,
};

// A form of molecule, "MO2": M is any element other than H, C, N and O, X a second one, A
// one that clusters or forms anions, B a second one of those; ML and ML2 are one metal
// with boron or silicon and nothing else. Or, with "=" in front, one molecule by its own
// elements, "=TiO2".
typedef struct {
    char text[IA_FORM_TEXT];
    double probability[IA_PRIOR_CHARGES + 1]; // by charge; NAN where nothing is known
} ia_prior_form;

typedef struct ia_ion_prior {
    double element[IA_Z_MAX + 1]; // probability that a specimen shows the element
    // Of showing it as single atoms with a charge, where it is there.
    double charge[IA_Z_MAX + 1][IA_PRIOR_CHARGES + 1];
    ia_prior_form *forms; // (n_forms) given their elements
    size_t n_forms, room;
} ia_ion_prior;

// What is compiled in (data/ion_prior.csv), with the rows of a user's own file in the
// same layout on top; path "": none. IA_ERR_IO, or IA_ERR_FORMAT with the line.
ia_status ia_ion_prior_read(ia_ctx *ctx, const char *path, ia_ion_prior *out);
void ia_ion_prior_clear(ia_ion_prior *prior);
// What is believed of ions of one charge, as sputtering and lasers give them: the rows of
// data/ion_prior_sims.csv on top, then whatever an ion's charges had together goes to the
// first. Of anions, metals come as molecules.
ia_status ia_ion_prior_single(ia_ctx *ctx, ia_ion_prior *prior, bool negative);

// Of one more free intensity, which the log prior of a candidate is charged with.
extern const double ia_intensity_cost;

// Logarithms of odds.
double ia_prior_element(const ia_ion_prior *prior, unsigned z);
double ia_prior_charge(const ia_ion_prior *prior, unsigned z, unsigned charge);
// Of a molecule, given its elements; at most 0.
double ia_prior_molecule(const ia_ion_prior *prior, const ia_ion *ion);
// Logarithm of the probability that an element that is there shows no single atoms.
double ia_prior_bound(const ia_ion_prior *prior, unsigned z);
// The charge it shows most likely, 0 where it has no natural isotope.
unsigned ia_prior_usual_charge(const ia_ion_prior *prior, unsigned z);

// A molecule of C, N, O and H alone.
bool ia_ion_is_light(const ia_ion *ion);
// Does a letter of a form stand for the element?
bool ia_form_letter_is(char letter, unsigned z);
// The element of a molecule with as many charges as atoms, all of a kind, which lies
// where its atom with one charge does: P2++; 0 of all others.
unsigned ia_ion_atom_like(const ia_ion *ion);
// Cost of such a molecule where that atom is not seen: it bursts into just those.
extern const double ia_prior_atom_like;
// A molecule seen with one charge is less of a surprise with another; light atoms alone
// rarely hold two charges where they are not seen with one. Log odds.
extern const double ia_prior_known, ia_prior_bursts;
// The form of a molecule.
void ia_ion_form(const ia_ion *ion, char text[IA_FORM_TEXT]);

#endif
