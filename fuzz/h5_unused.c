// fuzz/h5_unused.c: calls of HDF5 that no reader makes: the stand-in stops at them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>

#define UNUSED(name)                                                                     \
    void name(void);                                                                     \
    void name(void)                                                                      \
    {                                                                                    \
        abort();                                                                         \
    }
UNUSED(H5Acreate2)
UNUSED(H5Awrite)
UNUSED(H5Dcreate2)
UNUSED(H5Dwrite)
UNUSED(H5Dwrite_chunk)
UNUSED(H5Fcreate)
UNUSED(H5Fflush)
UNUSED(H5Gcreate2)
UNUSED(H5Lcreate_hard)
UNUSED(H5Oclose)
UNUSED(H5Ocopy)
UNUSED(H5Oopen)
UNUSED(H5Pset_chunk)
UNUSED(H5Pset_deflate)
UNUSED(H5Pset_layout)
UNUSED(H5Pset_link_creation_order)
UNUSED(H5Pset_obj_track_times)
UNUSED(H5Pset_shuffle)
UNUSED(H5Tset_cset)
UNUSED(H5Tset_size)
UNUSED(H5Tset_strpad)
