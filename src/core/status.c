// src/core/status.c: names of status codes, sizes of value types, version of the library.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/base.h>

const char *ia_status_name(ia_status status)
{
    static const char *const names[IA_STATUS_COUNT] = {
        "ok", "memory", "param", "io", "format", "empty", "unsupported", "cancelled"};
    return (unsigned)status < IA_STATUS_COUNT ? names[status] : "unknown";
}

const char *ia_version(void)
{
    return IA_VERSION;
}

const char *ia_build(void)
{
    return IA_BUILD;
}

size_t ia_type_size(ia_type type)
{
    switch (type) {
    case IA_F32:
        return sizeof(float);
    case IA_F64:
        return sizeof(double);
    case IA_I32:
        return sizeof(int32_t);
    case IA_U8:
        return sizeof(uint8_t);
    case IA_U32:
        return sizeof(uint32_t);
    case IA_U64:
        return sizeof(uint64_t);
    case IA_SIZE:
        return sizeof(size_t);
    case IA_BOOL:
        return sizeof(bool);
    case IA_CHOICE:
        return sizeof(int);
    case IA_TEXT:
    case IA_WORDS:
    case IA_TALLY:
    case IA_ATOMS:
        break;
    }
    return 0;
}
