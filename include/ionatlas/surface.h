// include/ionatlas/surface.h: iso-surfaces of a field, and the objects they enclose.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SURFACE_H
#define IONATLAS_SURFACE_H

#include <ionatlas/field.h>
#include <ionatlas/formats.h>
#include <ionatlas/honest.h>

IA_BEGIN

// Triangles of a surface; seen from outside they run counter-clockwise.
typedef struct {
    size_t n_vertices, n_triangles;
    float *xyz;          // (n_vertices, 3) nm
    uint32_t *triangles; // (n_triangles, 3) vertices
    int32_t *labels;     // (n_triangles) object of each
} ia_mesh;
IA_API void ia_mesh_clear(ia_mesh *mesh);
// The surface of a field at a threshold alone, by marching cubes; all labels 0.
// O(voxels).
IA_API ia_status ia_mesh_compute(ia_ctx *ctx, const ia_volume *volume, double threshold,
                                 ia_mesh *out);
// As .obj, .ply, .stl or .vtp (VTK's XML), by the ending; IA_ERR_PARAM for another. x, y,
// z are positions, nm.
IA_API ia_status ia_mesh_write(ia_ctx *ctx, const ia_mesh *mesh, const char *path);
// A mesh made elsewhere: .obj, .ply or .stl, in nm. Vertices in one place are one, faces
// of more corners are cut into triangles; all labels 0. IA_ERR_UNSUPPORTED, IA_ERR_FORMAT
// (with line, face or byte), IA_ERR_EMPTY without triangles. O(n log n).
IA_API ia_status ia_mesh_parse(ia_ctx *ctx, const ia_source *source, ia_mesh *out);

// How the value of the surface is found where none is given.
enum {
    IA_LEVEL_LOG_LOSS,  // what divides unseen ions into two compositions best
    IA_LEVEL_TWO_PHASE, // where two normal distributions of the field's values are as
                        // likely
    IA_LEVEL_MIDPOINT,  // half-way between matrix and inside
    IA_LEVEL_FREQUENCY, // from where on blocks of ions are more frequent than by chance
    IA_LEVEL_RULES
};

typedef struct {
    double threshold;   // at.% (of a density, atoms per nm^3); 0: by the rule
    int threshold_rule; // one of the above
    size_t least_ions;  // objects of fewer ions of the solute are left out
    size_t n_null;      // label shuffles for the objects of chance; 0: none, nor parts
    bool sensitivity;   // other thresholds and voxels too
} ia_surface_params;
IA_API extern const ia_method ia_surface_method;
IA_API ia_surface_params ia_surface_defaults(void);
// What can be told before any ion is read: IA_ERR_PARAM for parameters out of their
// bounds, and for a threshold that a field of this quantity cannot reach.
IA_API ia_status ia_surface_check(ia_ctx *ctx, const ia_surface_params *params,
                                  int quantity);

// What lies inside one closed piece of the surface, or one cut off by the specimen's
// edge.
typedef struct {
    uint64_t ions, solute_ions;
    char *composition;  // "Cu:12:11.4:3.6 ..." as that of clusters; owned
    bool is_closed;     // not cut off
    double volume;      // nm^3, of the mesh; of the voxels where it is cut off
    double area;        // nm^2, of the triangles
    double centre[3];   // nm
    double axes[3];     // half axes of the ellipsoid of its second moments, nm, falling
    double radius;      // of the sphere of its volume, nm
    double true_radius; // that without the blur of the kernel; NAN: not known, cut off
    // By leaving out a tenth of the ions in turn, threshold and kernel being the same;
    // NAN: not asked for (n_null = 0), or not always found again. All but the last are
    // NAN where the threshold was chosen: it scatters more than that.
    double sigma_volume, sigma_area, sigma_radius, sigma_true_radius;
    double p;       // of an object of as many solute ions anywhere in a shuffle
    ia_share share; // of the solute
} ia_surface_object;

// One row of the sensitivity: other settings, all else alike.
typedef struct {
    double threshold, voxel;
    size_t n_objects, n_closed;
    double volume_percent; // of the specimen's voxels inside
} ia_surface_try;

// How far an element is from lying at random, in blocks of that one of four sizes in
// which it is farthest.
typedef struct {
    unsigned z, a;   // a 0: the element
    char name[8];    // "Cu", "2H"
    uint64_t ions;   // that hold it
    size_t block;    // ions in a block
    double mu, p;    // Pearson's mu of the frequency distribution; of its chi^2
    double crossing; // from this share on blocks are more frequent than the binomial
                     // distribution has them, %; NAN: nowhere
} ia_surface_species;

enum { IA_SURFACE_TRIES = 8 };
typedef struct {
    ia_mesh mesh;
    double threshold;
    double rules[IA_LEVEL_RULES]; // what each says; NAN: not applicable
    ia_surface_species *species;  // (n_species) elements by falling mu
    size_t n_species;
    double levels[2];           // matrix and inside, of the two distributions
    int rule;                   // -1: given
    ia_surface_object *objects; // (n_objects) by falling number of solute ions
    size_t n_objects;
    uint64_t n_small;      // objects left out
    double inside_percent; // of the specimen's voxels
    double sigma; // of the kernel with its voxels, root mean square over x, y, z, nm; NAN
    size_t n_null;
    double expected_false;                       // mean objects of a shuffle
    double p;                                    // of as many objects
    ia_steadiness steady_inside, steady_objects; // of inside_percent and n_objects, with
                                                 // kernel and threshold of all ions
    double half_overlap; // of the insides of two halves: 0 none, 1 the same voxels; NAN
    ia_surface_try tries[IA_SURFACE_TRIES];
    size_t n_tries;
    char solute[128];
    int quantity;
} ia_surface;

// From a field as ia_volume_compute made it of the same input. Triangles at the edge of
// the specimen are dropped: objects there are open and flagged. The null shuffles kinds
// over the positions, kernel and threshold being those of the data; halves
// and 70 % of the ions likewise, none of either with n_null = 0. O(voxels + ions); a
// shuffle costs a field, parts and errors cost nineteen.
IA_API ia_status ia_surface_compute(ia_ctx *ctx, const ia_share_input *input,
                                    const ia_volume *volume,
                                    const ia_surface_params *params, ia_surface *out);
IA_API void ia_surface_clear(ia_surface *surface);
// "isosurface": threshold and rules, objects, null; "objects"; "sensitivity".
IA_API ia_status ia_surface_tables(ia_ctx *ctx, const ia_surface *surface,
                                   ia_result *result);

// Radius at which a sphere of radius R = 1 blurred by a Gaussian of sd s takes the share
// `level` of its contrast; 0 where it nowhere does. O(1).
IA_API double ia_blurred_radius(double s, double level);

IA_END
#endif
