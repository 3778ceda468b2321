// fuzz/h5_open.c: handles, lists and files of the stand-in, and the fuzz target with it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "h5_tree.h"

#include <stdlib.h>
#include <string.h>

// The target's own function, under another name (CMakeLists.txt).
int read_input(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

// Classes of lists; any will do.
hid_t H5P_CLS_FILE_ACCESS_ID_g = 1, H5P_CLS_FILE_CREATE_ID_g = 2;
hid_t H5P_CLS_DATASET_XFER_ID_g = 3, H5P_CLS_DATASET_CREATE_ID_g = 4;
hid_t H5P_CLS_GROUP_CREATE_ID_g = 5;

enum { HANDLES_MOST = 96, FIRST_HANDLE = 1000, FILES_MOST = 2 };
static handle handles[HANDLES_MOST];
static tree trees[FILES_MOST];
static uint64_t calls_left; // until one fails, 0 for none

bool call_fails(void)
{
    return calls_left > 0 && --calls_left == 0;
}

// Handles
// ---------------------------------------------------------------------------------

hid_t handle_new(handle h)
{
    for (int i = 0; i < HANDLES_MOST; i++)
        if (handles[i].kind == NO_HANDLE) {
            handles[i] = h;
            return FIRST_HANDLE + i;
        }
    abort(); // nobody closes them
}

handle *handle_of(hid_t id, handle_kind kind)
{
    if (id < FIRST_HANDLE || id >= FIRST_HANDLE + HANDLES_MOST)
        return NULL;
    handle *h = &handles[id - FIRST_HANDLE];
    return h->kind == kind ? h : NULL;
}

herr_t handle_close(hid_t id, handle_kind kind)
{
    handle *h = handle_of(id, kind);
    if (!h)
        return -1;
    h->kind = NO_HANDLE;
    return 0;
}

bool handle_place(hid_t id, tree **t, int *object)
{
    handle *h = handle_of(id, A_FILE);
    if (!h)
        h = handle_of(id, AN_OBJECT);
    if (!h)
        return false;
    *t = h->tree;
    *object = h->kind == A_FILE ? 0 : h->at;
    return true;
}

bool handle_find(hid_t place, const char *name, tree **t, int *at)
{
    int from;
    if (call_fails() || !handle_place(place, t, &from))
        return false;
    *at = tree_find(*t, from, name);
    return *at >= 0 && (*t)->objects[*at].type != H5O_TYPE_UNKNOWN;
}

static void demand_all_closed(void)
{
    for (int i = 0; i < HANDLES_MOST; i++)
        if (handles[i].kind != NO_HANDLE)
            abort();
}

// Lists and the driver
// --------------------------------------------------------------------

hid_t H5Pcreate(hid_t class)
{
    (void)class;
    return call_fails() ? H5I_INVALID_HID : handle_new((handle){.kind = A_LIST});
}

herr_t H5Pclose(hid_t id)
{
    return handle_close(id, A_LIST);
}

herr_t H5Pset_driver(hid_t list, hid_t driver, const void *info)
{
    handle *h = handle_of(list, A_LIST);
    if (call_fails() || !h || !handle_of(driver, A_DRIVER))
        return -1;
    h->driver = driver;
    h->info = *(const void *const *)info; // HDF5 copies it as well
    return 0;
}

const void *H5Pget_driver_info(hid_t list)
{
    const handle *h = handle_of(list, A_LIST);
    return call_fails() || !h ? NULL : &h->info;
}

herr_t H5Pset_fclose_degree(hid_t list, H5F_close_degree_t degree)
{
    (void)degree;
    return call_fails() || !handle_of(list, A_LIST) ? -1 : 0;
}

herr_t H5Pset_libver_bounds(hid_t list, H5F_libver_t low, H5F_libver_t high)
{
    (void)low;
    (void)high;
    return call_fails() || !handle_of(list, A_LIST) ? -1 : 0;
}

herr_t H5Pset_buffer(hid_t list, size_t n, void *convert, void *background)
{
    (void)n;
    (void)convert;
    (void)background;
    return call_fails() || !handle_of(list, A_LIST) ? -1 : 0;
}

hid_t H5FDregister(const H5FD_class_t *class)
{
    return call_fails() ? H5I_INVALID_HID
                        : handle_new((handle){.kind = A_DRIVER, .info = class});
}

herr_t H5FDunregister(hid_t id)
{
    return handle_close(id, A_DRIVER);
}

// Files
// -----------------------------------------------------------------------------------

static tree *free_tree(void)
{
    for (int i = 0; i < FILES_MOST; i++)
        if (!trees[i].is_open)
            return &trees[i];
    abort();
}

// All bytes of the file, through its driver.
static bool read_file(tree *t, hid_t list)
{
    t->n = t->class->get_eof(t->file, H5FD_MEM_SUPER);
    t->class->set_eoa(t->file, H5FD_MEM_SUPER, t->n);
    if (t->n > t->room) {
        free(t->bytes);
        t->bytes = malloc(t->n);
        t->room = t->bytes ? t->n : 0;
        if (!t->bytes)
            abort();
    }
    return t->class->read(t->file, H5FD_MEM_SUPER, list, 0, t->n, t->bytes) >= 0;
}

hid_t H5Fopen(const char *name, unsigned flags, hid_t access)
{
    const handle *list = handle_of(access, A_LIST);
    const handle *driver = list ? handle_of(list->driver, A_DRIVER) : NULL;
    tree *t = free_tree();
    if (call_fails() || !driver)
        return H5I_INVALID_HID;
    t->class = driver->info;
    t->file = t->class->open(name, flags, access, t->class->maxaddr);
    if (!t->file)
        return H5I_INVALID_HID;
    if (!read_file(t, access) || !tree_load(t)) {
        t->class->close(t->file);
        return H5I_INVALID_HID;
    }
    t->is_open = true;
    return handle_new((handle){.kind = A_FILE, .tree = t});
}

herr_t H5Fclose(hid_t id)
{
    handle *h = handle_of(id, A_FILE);
    if (!h)
        return -1;
    tree *t = h->tree;
    t->class->close(t->file);
    t->is_open = false;
    return handle_close(id, A_FILE);
}

// Messages and the library as a whole
// -----------------------------------------------------

herr_t H5open(void)
{
    return 0;
}

herr_t H5check_version(unsigned major, unsigned minor, unsigned release)
{
    (void)major;
    (void)minor;
    (void)release;
    return 0;
}

herr_t H5dont_atexit(void)
{
    return 0;
}

herr_t H5Eget_auto2(hid_t stack, H5E_auto2_t *func, void **user)
{
    (void)stack;
    *func = NULL;
    *user = NULL;
    return 0;
}

herr_t H5Eset_auto2(hid_t stack, H5E_auto2_t func, void *user)
{
    (void)stack;
    (void)func;
    (void)user;
    return 0;
}

herr_t H5Eclear2(hid_t stack)
{
    (void)stack;
    return 0;
}

herr_t H5Ewalk2(hid_t stack, H5E_direction_t direction, H5E_walk2_t op, void *user)
{
    H5E_error2_t error = {.desc = "the stand-in for HDF5 cannot"};
    (void)stack;
    (void)direction;
    return op(0, &error, user);
}

// In one of eight inputs a call fails, a sound file apart; which one follows from the
// bytes. Files that come as they are must be of the kind that the stand-in knows.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { ONE_IN = 8, CALLS = 509 };
    uint64_t sum = n;
    for (size_t i = 0; i < n; i++)
        sum = tree_mix(sum, bytes[i]);
    bool is_file = n > 0 && bytes[0] == 0x89;
    if (is_file && (n < 8 || memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) != 0))
        return -1;
    sum ^= sum >> 32;
    calls_left = n > 1 && !is_file && sum % ONE_IN == 0 && !getenv("FUZZ_TELL")
                     ? 1 + sum / ONE_IN % CALLS
                     : 0;
    int code = read_input(bytes, n);
    demand_all_closed();
    return code;
}
