/* SPDX-License-Identifier: Apache-2.0
 *
 * Which words announce a secret: keys, options of known programs, token shapes. Pure.
 */
#ifndef ENRICH_MASK_WORDS_H
#define ENRICH_MASK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct mask_program;

/* "password", "--db-password", "PGPASSWORD", "api_key", ... but not "password-file". */
bool mask_is_secret_key(const char *key, size_t len);

/* A program (path or base name) whose short options we know, or NULL. */
const struct mask_program *mask_find_program(const char *word, size_t len);

/* Is the word an option that carries a secret? Returns the length of the part to show
 * ("-p" of "-psecret") when the secret is attached; sets *ret_next when it follows as
 * the next word. program may be NULL. */
size_t mask_option(const struct mask_program *program, const char *word, size_t len,
		   bool *ret_next);

/* Shapes of well-known tokens: "ghp_...", "eyJ..." (JWT), ... */
bool mask_is_token(const char *word, size_t len);

#endif
