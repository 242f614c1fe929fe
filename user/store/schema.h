/* SPDX-License-Identifier: Apache-2.0
 *
 * The history's tables, as the list of migrations that make them.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

extern const char *const schema_migrations[];
extern const unsigned int schema_version; /* number of migrations */

#endif
