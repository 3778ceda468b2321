// include/ionatlas/ion.h: elements, nuclides and ions (which atoms, which charge, which
// name).
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_ION_H
#define IONATLAS_ION_H

#include <ionatlas/context.h>

IA_BEGIN

// Elements and nuclides come from NIST "Atomic Weights and Isotopic Compositions"
// (data/).
typedef struct {
    unsigned z, a;    // protons, nucleons
    double mass;      // Da, neutral atom
    double abundance; // natural mole fraction, 0 where not natural
    double half_life; // s; INFINITY stable, NAN unknown
} ia_nuclide;

typedef struct {
    const char *symbol;
    double mass; // mean of the natural isotopes, Da; NAN where there are none
    const ia_nuclide *nuclides;
    size_t n_nuclides;
} ia_element;

enum { IA_Z_MAX = 92 };

// Element of atomic number z in 1..IA_Z_MAX, else NULL. Static, never freed.
IA_API const ia_element *ia_element_of(unsigned z);
// Atomic number of a symbol ("Fe"; exact case; "D" is no element), 0 when it is none.
IA_API unsigned ia_element_find(const char *symbol, size_t n_chars);
// The nuclide, or NULL.
IA_API const ia_nuclide *ia_nuclide_of(unsigned z, unsigned a);
// Electron mass, Da (CODATA 2018).
extern IA_API const double ia_electron_mass;

typedef struct {
    uint8_t z;
    uint8_t count;
    uint16_t a; // 0: the element, whatever the isotope
} ia_ion_part;

enum { IA_ION_PARTS = 8, IA_ION_ATOMS = 32, IA_ION_NAME = 64 };

// A kind of ion. A label that is no element has n_parts 0 and keeps its name.
typedef struct {
    ia_ion_part parts[IA_ION_PARTS]; // in the order in which they are written
    uint8_t n_parts;
    uint8_t charge;         // number of charges, 0: unknown
    bool negative;          // of an anion
    char name[IA_ION_NAME]; // "Fe++", "16O1H2+", "Al2+" (the dimer, charge 1), "SiO2-"
} ia_ion;

// Read a formula: element symbols with counts behind and isotopes in front, blanks
// allowed, then one + or - per charge ("56Fe 16O ++"); D is 2H ("HD+"). A name that is no
// such formula, or has an unknown nuclide or more than IA_ION_ATOMS atoms, becomes a
// label. Never fails; over-long names are cut and end with "...".
IA_API ia_ion ia_ion_of(const char *formula);
// Add n atoms of an element (a = 0) or nuclide; merges equal parts. False when there is
// no room.
IA_API bool ia_ion_add(ia_ion *ion, unsigned z, unsigned a, unsigned count);
// Write the name from parts and charge. A label keeps its name.
IA_API void ia_ion_rename(ia_ion *ion);
// m/n of an ion of known charge whose atoms weigh `mass`, Da: electrons missing or added
// are counted.
IA_API double ia_ion_mass_to_charge(const ia_ion *ion, double mass);
// Same atoms (in any order) and same charge; labels by name. `ia_ion_is_same_matter`
// leaves the charge out where either is unknown.
IA_API bool ia_ion_is_equal(const ia_ion *a, const ia_ion *b);
IA_API bool ia_ion_is_same_matter(const ia_ion *a, const ia_ion *b);
// Same elements, and the same charge and isotopes as far as both tell: "Fe" is like
// "56Fe++".
IA_API bool ia_ion_is_like(const ia_ion *a, const ia_ion *b);
IA_API unsigned ia_ion_atoms(const ia_ion *ion);
// Atoms of element z in the ion.
IA_API unsigned ia_ion_count(const ia_ion *ion, unsigned z);
// "Fe:1 O:1" in alphabetical order of the symbols, 2H and 3H beside H; "" for a label.
// n bytes at most.
IA_API void ia_ion_tally(const ia_ion *ion, char *text, size_t n);

// One isotopologue of an ion.
typedef struct {
    double mass;        // neutral, Da
    double probability; // product of natural abundances with its multinomial factor
} ia_isotopologue;

// Isotope pattern by multinomial expansion, those below `least` (1e-6 is usual) left out,
// sorted by mass; equal masses within 1e-9 Da merged. Fixed isotopes have probability 1.
// Time grows with the product over elements of the patterns' lengths. *out is freed with
// free(). IA_ERR_PARAM for a label.
IA_API ia_status ia_ion_pattern(ia_ctx *ctx, const ia_ion *ion, double least,
                                ia_isotopologue **out, size_t *n);

// The ion with its isotopes named where those of its natural ions that lie in [lo, hi)
// are of one kind, 95 in 100 of them: "56Fe++", "56Fe16O+". False where they are not,
// where two of its elements have several isotopes, or its charge is not known.
IA_API bool ia_ion_isotope_in(const ia_ion *ion, double lo, double hi, ia_ion *out);

// Charge z in 1..4 for which an isotopologue of probability >= 1e-3 (or of a fixed
// isotope) has its m/n = (mass - z m_e)/z inside [lo - slack, hi + slack), slack = 0.02
// Da; 0 if none or several.
IA_API unsigned ia_ion_infer_charge(const ia_ion *ion, double lo, double hi);
// Does an isotope of more than 2e-4 of the ion lie in [lo, hi) with its charge, or with
// 1 to 4 where it has none? Yes for labels, and for elements that nature lacks.
IA_API bool ia_ion_may_lie_in(const ia_ion *ion, double lo, double hi);

IA_END
#endif
