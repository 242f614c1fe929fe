/* SPDX-License-Identifier: Apache-2.0
 *
 * Which program an interpreter runs: its script or module, a JVM's main class or jar.
 * Pure; the command line is the process's own word.
 */
#ifndef ENRICH_SCRIPT_H
#define ENRICH_SCRIPT_H

#include <stddef.h>

/* args: argv joined by NUL. out gets "" if exe_base is no interpreter, or it runs a
 * one-liner or standard input. */
void script_find(const char *exe_base, const char *args, size_t len, char *out, size_t size);

#endif
