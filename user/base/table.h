/* SPDX-License-Identifier: Apache-2.0
 *
 * uthash as this project uses it: running out of memory is an error to report, not
 * the end of the process. After TABLE_ADD check TABLE_ADDED.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

/* Was the item added? uthash leaves tbl NULL when it had no memory. */
#define TABLE_ADDED(item) ((item)->hh.tbl != NULL)

#endif
