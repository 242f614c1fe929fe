/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a request: one JSON object with the key "op". Strict and bounded.
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stddef.h>

struct json_object;

/* Parses `len` bytes (no NUL needed). On success *ret_object is the caller's
 * (json_object_put) and *ret_op points into it. -EINVAL with *ret_why, a static text
 * that says what is wrong; -ENOMEM. */
int request_parse(const char *text, size_t len, struct json_object **ret_object,
		  const char **ret_op, const char **ret_why);

#endif
