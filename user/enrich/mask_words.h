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

/* Does this word say that those after it are secrets ("redis-cli auth ...")? */
bool mask_takes_words(const struct mask_program *program, const char *word, size_t len);

/* Does the program take "user/secret" (Oracle's)? */
bool mask_takes_slash(const struct mask_program *program);

/* A secret beside a user's name: "scheme://user:secret@host", "user:secret@host",
 * "user/secret@name" of programs that take it so. Where it begins; 0: there is none. */
size_t mask_find_login(const struct mask_program *program, const char *word, size_t len,
		       size_t *ret_len);

/* Shapes of well-known tokens: "ghp_...", "eyJ..." (JWT), ... */
bool mask_is_token(const char *word, size_t len);

/* "Bearer", "Basic", ...: the secret is the next word. Bearer is a word of nothing else. */
enum mask_scheme { MASK_NO_SCHEME = 0, MASK_SCHEME, MASK_BEARER };
enum mask_scheme mask_is_scheme(const char *word, size_t len);

/* A header whose whole value is a secret: Authorization, Cookie. */
bool mask_is_header(const char *key, size_t len);

/* SQL's "IDENTIFIED BY 'secret'". */
bool mask_is_identified(const char *word, size_t len);

#endif
