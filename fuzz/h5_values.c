// fuzz/h5_values.c: types, extents and values of the stand-in for HDF5.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "h5_tree.h"

#include <string.h>

// The types that every HDF5 has, by their places in this table from STANDARD on.
enum { STANDARD = 16 };
#define NUMBERS(X)                                                                       \
    X(H5T_STD_U8LE_g, H5T_INTEGER, 1, false, false)                                      \
    X(H5T_STD_I8LE_g, H5T_INTEGER, 1, false, true)                                       \
    X(H5T_STD_U8BE_g, H5T_INTEGER, 1, true, false)                                       \
    X(H5T_STD_I8BE_g, H5T_INTEGER, 1, true, true)                                        \
    X(H5T_STD_U16LE_g, H5T_INTEGER, 2, false, false)                                     \
    X(H5T_STD_I16LE_g, H5T_INTEGER, 2, false, true)                                      \
    X(H5T_STD_U16BE_g, H5T_INTEGER, 2, true, false)                                      \
    X(H5T_STD_I16BE_g, H5T_INTEGER, 2, true, true)                                       \
    X(H5T_STD_U32LE_g, H5T_INTEGER, 4, false, false)                                     \
    X(H5T_STD_I32LE_g, H5T_INTEGER, 4, false, true)                                      \
    X(H5T_STD_U32BE_g, H5T_INTEGER, 4, true, false)                                      \
    X(H5T_STD_I32BE_g, H5T_INTEGER, 4, true, true)                                       \
    X(H5T_STD_U64LE_g, H5T_INTEGER, 8, false, false)                                     \
    X(H5T_STD_I64LE_g, H5T_INTEGER, 8, false, true)                                      \
    X(H5T_STD_U64BE_g, H5T_INTEGER, 8, true, false)                                      \
    X(H5T_STD_I64BE_g, H5T_INTEGER, 8, true, true)                                       \
    X(H5T_IEEE_F32LE_g, H5T_FLOAT, 4, false, true)                                       \
    X(H5T_IEEE_F32BE_g, H5T_FLOAT, 4, true, true)                                        \
    X(H5T_IEEE_F64LE_g, H5T_FLOAT, 8, false, true)                                       \
    X(H5T_IEEE_F64BE_g, H5T_FLOAT, 8, true, true)                                        \
    X(H5T_NATIVE_UINT8_g, H5T_INTEGER, 1, false, false)                                  \
    X(H5T_NATIVE_INT32_g, H5T_INTEGER, 4, false, true)                                   \
    X(H5T_NATIVE_UINT32_g, H5T_INTEGER, 4, false, false)                                 \
    X(H5T_NATIVE_UINT64_g, H5T_INTEGER, 8, false, false)                                 \
    X(H5T_NATIVE_FLOAT_g, H5T_FLOAT, 4, false, true)                                     \
    X(H5T_NATIVE_DOUBLE_g, H5T_FLOAT, 8, false, true)

#define PLACE(name, class, size, big, is_signed) PLACE_OF_##name,
enum { NUMBERS(PLACE) N_STANDARD };
#define VARIABLE(name, class, size, big, is_signed)                                      \
    hid_t name = STANDARD + PLACE_OF_##name;
NUMBERS(VARIABLE)
hid_t H5T_C_S1_g = STANDARD + N_STANDARD; // that we only write with

static const tree_type standard[] = {
#define ROW(name, class, size, big, is_signed) {class, size, big, is_signed, false, 0},
    NUMBERS(ROW)};

const tree_type *tree_standard_type(hid_t id)
{
    bool is_one = id >= STANDARD && id < STANDARD + N_STANDARD;
    return is_one ? &standard[id - STANDARD] : NULL;
}

static const tree_type *type_of(hid_t id)
{
    const tree_type *type = tree_standard_type(id);
    handle *h = type ? NULL : handle_of(id, A_TYPE);
    return h ? &h->type : type;
}

// One value has one byte order.
bool tree_same_type(const tree_type *a, const tree_type *b)
{
    return a->class == b->class && a->size == b->size && a->detail == b->detail &&
           a->is_signed == b->is_signed && a->is_variable == b->is_variable &&
           (a->big == b->big || a->size == 1);
}

size_t tree_count(const tree_space *space)
{
    return (size_t)(space->dims[0] * space->dims[1] * space->dims[2]);
}

// Values
// ----------------------------------------------------------------------------------

static double as_double(const tree_type *type, const uint8_t *at)
{
    uint8_t bytes[8];
    uint64_t bits = 0;
    for (size_t i = 0; i < type->size; i++)
        bytes[i] = at[type->big ? type->size - 1 - i : i];
    memcpy(&bits, bytes, type->size);
    if (type->class == H5T_FLOAT) {
        float single;
        double value;
        memcpy(&single, bytes, sizeof single);
        memcpy(&value, &bits, sizeof value);
        return type->size == 4 ? (double)single : value;
    }
    unsigned unused = 64 - 8 * (unsigned)type->size;
    return type->is_signed ? (double)((int64_t)(bits << unused) >> unused) : (double)bits;
}

static bool is_number(const tree_type *type)
{
    if (type->detail != 0 || type->size > 8)
        return false;
    return type->class == H5T_INTEGER || (type->class == H5T_FLOAT && type->size >= 4);
}

// Values in the type of memory: as they are, or as doubles.
static bool can_read(const tree_values *v, const tree_type *memory)
{
    const tree_type *twice = tree_standard_type(H5T_NATIVE_DOUBLE_g);
    return tree_same_type(&v->type, memory) ||
           (is_number(&v->type) && tree_same_type(memory, twice));
}

static bool lies_within(const tree_values *v, const tree_part *part)
{
    for (int i = 0; i < TREE_RANK_MOST; i++)
        if (part->start[i] > v->space.dims[i] ||
            part->count[i] > v->space.dims[i] - part->start[i])
            return false;
    return true;
}

bool tree_read(const tree_values *v, const tree_part *part, const tree_type *memory,
               void *out)
{
    uint8_t *to = out;
    bool same = tree_same_type(&v->type, memory);
    if (!can_read(v, memory) || !lies_within(v, part))
        return false;
    size_t n = part->count[0] * part->count[1] * part->count[2];
    for (size_t i = 0; i < n; i++, to += memory->size) {
        hsize_t z = part->start[2] + i % part->count[2];
        hsize_t y = part->start[1] + i / part->count[2] % part->count[1];
        hsize_t x = part->start[0] + i / (part->count[2] * part->count[1]);
        size_t at = ((x * v->block[1] + y) * v->block[2] + z) * v->type.size;
        if (!v->bytes || at > v->n_bytes || v->type.size > v->n_bytes - at)
            return false;
        double value = same ? 0 : as_double(&v->type, v->bytes + at);
        memcpy(to, same ? (const void *)(v->bytes + at) : &value, memory->size);
    }
    return true;
}

// Calls on types
// --------------------------------------------------------------------------

H5T_class_t H5Tget_class(hid_t id)
{
    const tree_type *type = call_fails() ? NULL : type_of(id);
    return type ? type->class : H5T_NO_CLASS;
}

size_t H5Tget_size(hid_t id)
{
    const tree_type *type = call_fails() ? NULL : type_of(id);
    return type ? type->size : 0;
}

H5T_sign_t H5Tget_sign(hid_t id)
{
    const tree_type *type = call_fails() ? NULL : type_of(id);
    if (!type || (type->class != H5T_INTEGER && type->class != H5T_ENUM))
        return H5T_SGN_ERROR;
    return type->is_signed ? H5T_SGN_2 : H5T_SGN_NONE;
}

htri_t H5Tequal(hid_t a, hid_t b)
{
    const tree_type *left = type_of(a), *right = type_of(b);
    return call_fails() || !left || !right ? -1 : tree_same_type(left, right);
}

htri_t H5Tis_variable_str(hid_t id)
{
    const tree_type *type = type_of(id);
    return call_fails() || !type ? -1 : type->class == H5T_STRING && type->is_variable;
}

hid_t H5Tcopy(hid_t id)
{
    const tree_type *type = type_of(id);
    if (call_fails() || !type)
        return H5I_INVALID_HID;
    return handle_new((handle){.kind = A_TYPE, .type = *type});
}

herr_t H5Tclose(hid_t id)
{
    return handle_close(id, A_TYPE);
}

// The readers know one enumeration, which h5_tree.c knows by its bytes in the file.
hid_t H5Tenum_create(hid_t base)
{
    static const uint8_t bytes[] = "FALSE\0TRUE\0\0\1";
    const tree_type *type = type_of(base);
    if (call_fails() || !type)
        return H5I_INVALID_HID;
    tree_type made = {.class = H5T_ENUM, .size = type->size, .is_signed = true};
    made.detail = tree_mix((uint64_t)type->class, type->size);
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        made.detail = tree_mix(made.detail, bytes[i]);
    return handle_new((handle){.kind = A_TYPE, .type = made});
}

herr_t H5Tenum_insert(hid_t id, const char *name, const void *value)
{
    (void)name;
    (void)value;
    return call_fails() || !handle_of(id, A_TYPE) ? -1 : 0;
}

// Calls on extents
// ------------------------------------------------------------------------

hid_t H5Screate(H5S_class_t class)
{
    handle h = {.kind = A_SPACE, .space = {0, {1, 1, 1}}};
    return call_fails() || class != H5S_SCALAR ? H5I_INVALID_HID : handle_new(h);
}

hid_t H5Screate_simple(int rank, const hsize_t *dims, const hsize_t *most)
{
    handle h = {.kind = A_SPACE, .space = {rank, {1, 1, 1}}};
    (void)most;
    if (call_fails() || rank < 0 || rank > TREE_RANK_MOST)
        return H5I_INVALID_HID;
    for (int i = 0; i < rank; i++)
        h.space.dims[i] = dims[i];
    return handle_new(h);
}

herr_t H5Sclose(hid_t id)
{
    return handle_close(id, A_SPACE);
}

H5S_class_t H5Sget_simple_extent_type(hid_t id)
{
    const handle *h = handle_of(id, A_SPACE);
    if (call_fails() || !h)
        return H5S_NO_CLASS;
    return h->space.rank > 0 ? H5S_SIMPLE : H5S_SCALAR;
}

int H5Sget_simple_extent_ndims(hid_t id)
{
    const handle *h = handle_of(id, A_SPACE);
    return call_fails() || !h ? -1 : h->space.rank;
}

int H5Sget_simple_extent_dims(hid_t id, hsize_t *dims, hsize_t *most)
{
    const handle *h = handle_of(id, A_SPACE);
    (void)most;
    if (call_fails() || !h)
        return -1;
    for (int i = 0; i < h->space.rank; i++)
        dims[i] = h->space.dims[i];
    return h->space.rank;
}

hssize_t H5Sget_simple_extent_npoints(hid_t id)
{
    const handle *h = handle_of(id, A_SPACE);
    return call_fails() || !h ? -1 : (hssize_t)tree_count(&h->space);
}

herr_t H5Sselect_hyperslab(hid_t id, H5S_seloper_t op, const hsize_t *start,
                           const hsize_t *stride, const hsize_t *count,
                           const hsize_t *block)
{
    handle *h = handle_of(id, A_SPACE);
    if (call_fails() || !h || h->space.rank == 0 || op != H5S_SELECT_SET || stride ||
        block)
        return -1;
    h->is_part = true;
    for (int i = 0; i < TREE_RANK_MOST; i++) {
        h->part.start[i] = i < h->space.rank ? start[i] : 0;
        h->part.count[i] = i < h->space.rank ? count[i] : 1;
    }
    return 0;
}
