// fuzz/flatten.c: write an HDF5 file anew in the little of the format that h5_tree.c
// knows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5_bytes.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

// usage: flatten IN OUT. By HDF5 itself, so that a seed made by any program can be read
// through HDF5 and through its stand-in. Values are unpacked and lie in one piece;
// variable texts keep their type alone, as no reader takes them.

enum { LINKS_MOST = 256, NAME_MOST = 256, HEADER_MOST = 4096 };

static void demand(bool fact, const char *what)
{
    if (fact)
        return;
    fprintf(stderr, "flatten: %s\n", what);
    exit(1);
}

static kind kind_of(hid_t type)
{
    const hid_t known[N_KINDS] = {
        [F64] = H5T_IEEE_F64LE,    [F32] = H5T_IEEE_F32LE,
        [I32] = H5T_STD_I32LE,     [U8] = H5T_STD_U8LE,
        [U16] = H5T_STD_U16LE,     [I8] = H5T_STD_I8LE,
        [U64] = H5T_STD_U64LE,     [I64_BE] = H5T_STD_I64BE,
        [F64_BE] = H5T_IEEE_F64BE, [U32] = H5T_STD_U32LE,
        [I64] = H5T_STD_I64LE,     [LONG_DOUBLE] = H5T_NATIVE_LDOUBLE};
    if (H5Tget_class(type) == H5T_ENUM)
        return BOOL;
    for (int i = 0; i < N_KINDS; i++)
        if (known[i] && H5Tequal(type, known[i]) > 0)
            return (kind)i;
    demand(false, "a type of no kind that the stand-in has");
    return F64;
}

static void put_type_of(hid_t type)
{
    if (H5Tget_class(type) != H5T_STRING)
        put_number_type(kind_of(type));
    else if (H5Tis_variable_str(type))
        put_text_type(16, 3);
    else
        put_text_type(H5Tget_size(type), (uint8_t)H5Tget_strpad(type));
}

static bool is_variable(hid_t type)
{
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

static extent extent_of(hid_t space)
{
    hsize_t dims[H5S_MAX_RANK] = {1, 1, 1};
    extent e = {H5Sget_simple_extent_dims(space, dims, NULL), {1, 1, 1}};
    demand(e.rank >= 0 && e.rank <= RANK_MOST, "too many dimensions");
    for (int i = 0; i < e.rank; i++)
        e.dims[i] = dims[i];
    return e;
}

// Its values; their size in *n.
static uint8_t *values_of(hid_t id, hid_t type, const extent *e, bool is_attr, size_t *n)
{
    *n = count_values(e) * (is_variable(type) ? 16 : H5Tget_size(type));
    uint8_t *values = calloc(*n + 1, 1);
    demand(values != NULL, "no memory");
    if (!is_variable(type) && *n > 0)
        demand((is_attr ? H5Aread(id, type, values)
                        : H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values)) >= 0,
               "values that cannot be read");
    return values;
}

static herr_t put_attr(hid_t object, const char *name, const H5A_info_t *info, void *user)
{
    (void)info;
    (void)user;
    size_t message = begin_message(0x0c), n_name = strlen(name) + 1, n;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    extent e = extent_of(space);
    put_bytes("\3\0", 2);
    put_uint(n_name, 2);
    put_uint(0, 4); // sizes of type and extent, to be set
    put_uint(0, 1);
    put_bytes(name, n_name);
    size_t begin = image_n;
    put_type_of(type);
    size_t middle = image_n;
    put_extent(&e);
    set_uint(message + 4, middle - begin, 2);
    set_uint(message + 6, image_n - middle, 2);
    uint8_t *values = values_of(id, type, &e, true, &n);
    put_bytes(values, n);
    free(values);
    end_message(message);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(id);
    return 0;
}

static void put_attrs(hid_t object)
{
    hsize_t from = 0;
    demand(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &from, put_attr, NULL) >= 0,
           "attributes that cannot be read");
}

static void put_layout_of(const uint8_t *values, size_t n, uint64_t address)
{
    size_t at = begin_message(0x08);
    put_bytes(n > HEADER_MOST ? "\3\1" : "\3\0", 2);
    if (n > HEADER_MOST) {
        put_uint(address, 8);
        put_uint(n, 8);
    } else {
        put_uint(n, 2);
        put_bytes(values, n);
    }
    end_message(at);
}

// Its address.
static uint64_t put_set(hid_t set)
{
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    extent e = extent_of(space);
    size_t n;
    uint64_t data = image_n;
    uint8_t *values = values_of(set, type, &e, false, &n);
    if (n > HEADER_MOST)
        put_bytes(values, n);
    uint64_t address = image_n;
    size_t header = begin_header(), message = begin_message(0x01);
    put_extent(&e);
    end_message(message);
    message = begin_message(0x03);
    put_type_of(type);
    end_message(message);
    message = begin_message(0x05);
    put_bytes("\3\x0a", 2);
    end_message(message);
    put_layout_of(values, n, data);
    put_attrs(set);
    end_header(header);
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    return address;
}

typedef struct {
    char name[NAME_MOST], to[NAME_MOST];
    H5L_type_t type;
    uint64_t address;
} member;

typedef struct {
    size_t n;
    member members[LINKS_MOST];
} members;

static uint64_t put_object(hid_t object);

static herr_t take_member(hid_t group, const char *name, const H5L_info_t *info,
                          void *user)
{
    members *all = user;
    demand(all->n < LINKS_MOST && strlen(name) < NAME_MOST, "too many links");
    member *m = &all->members[all->n++];
    m->type = info->type;
    strcpy(m->name, name);
    if (info->type == H5L_TYPE_HARD) {
        hid_t child = H5Oopen(group, name, H5P_DEFAULT);
        m->address = put_object(child);
        H5Oclose(child);
    } else if (info->type == H5L_TYPE_SOFT) {
        demand(H5Lget_val(group, name, m->to, NAME_MOST, H5P_DEFAULT) >= 0, "a link");
    }
    return 0;
}

static uint64_t put_group_of(hid_t group)
{
    members *all = calloc(1, sizeof *all);
    demand(all != NULL, "no memory");
    if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, take_member, all) < 0)
        demand(all->n == 0 && H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL,
                                         take_member, all) >= 0,
               "links that cannot be read");
    uint64_t address = image_n;
    size_t header = begin_header();
    put_link_info(all->n);
    put_attrs(group);
    for (size_t i = 0; i < all->n; i++) {
        const member *m = &all->members[i];
        link_type type = m->type == H5L_TYPE_HARD   ? HARD
                         : m->type == H5L_TYPE_SOFT ? SOFT
                                                    : ELSEWHERE;
        put_link(type, i, m->name, strlen(m->name), m->address,
                 type == HARD   ? NULL
                 : type == SOFT ? m->to
                                : "/x");
    }
    end_header(header);
    free(all);
    return address;
}

static uint64_t put_object(hid_t object)
{
    return H5Iget_type(object) == H5I_GROUP ? put_group_of(object) : put_set(object);
}

int main(int argc, char **argv)
{
    demand(argc == 3, "usage: flatten IN OUT");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT);
    demand(file >= 0, "no HDF5 file");
    image_n = SUPERBLOCK;
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    put_superblock(put_object(root));
    demand(image_n < IMAGE_MOST, "too large");
    FILE *out = fopen(argv[2], "wb");
    demand(out && fwrite(image, 1, image_n, out) == image_n && fclose(out) == 0,
           "no file can be written");
    H5Gclose(root);
    H5Fclose(file);
    return 0;
}
