/* SPDX-License-Identifier: Apache-2.0
 *
 * Parser of CLIENT LIST lines; see redisclients.h.
 */
#include "enrich/redisclients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"

void db_client_split(const char *text, size_t len, struct db_session *ret)
{
	const char *colon = len ? memrchr(text, ':', len) : NULL;
	size_t host = colon ? (size_t)(colon - text) : len;
	uint64_t port = 0;
	char digits[8];

	ret->port = 0;
	if (len == 0 || text[0] == '/' || (len == 9 && memcmp(text, "localhost", 9) == 0)) {
		(void)snprintf(ret->client, sizeof(ret->client), "local");
		return;
	}
	if (colon) {
		(void)snprintf(digits, sizeof(digits), "%.*s", (int)MIN(len - host - 1, (size_t)7),
			       colon + 1);
		if (parse_u64(digits, &port) < 0 || port > UINT16_MAX)
			host = len;
		else
			ret->port = (uint16_t)port;
	}
	if (host >= 2 && text[0] == '[' && text[host - 1] == ']') {
		text++;
		host -= 2;
	}
	db_text(ret->client, sizeof(ret->client), text, host);
}

static uint64_t value_number(const char *s, size_t len)
{
	char digits[24];
	uint64_t v = 0;

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)MIN(len, (size_t)23), s);
	return parse_u64(digits, &v) < 0 ? 0 : v;
}

int redis_client_parse(const char *line, size_t len, struct db_session *ret)
{
	uint64_t idle = 1, waiting = 0;
	bool found = false;

	*ret = (struct db_session){ .thread = 0 };
	for (const char *p = line, *end = line + len; p < end;) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		const char *stop = blank ? blank : end;
		const char *equal = memchr(p, '=', (size_t)(stop - p));
		size_t key = equal ? (size_t)(equal - p) : 0;
		const char *value = equal ? equal + 1 : stop;
		size_t n = (size_t)(stop - value);

		if (key == 4 && memcmp(p, "addr", 4) == 0) {
			db_client_split(value, n, ret);
			found = n > 0;
		} else if (key == 4 && memcmp(p, "name", 4) == 0) {
			db_text(ret->application, sizeof(ret->application), value, n);
		} else if (key == 4 && memcmp(p, "user", 4) == 0) {
			db_text(ret->user, sizeof(ret->user), value, n);
		} else if (key == 2 && memcmp(p, "db", 2) == 0) {
			db_text(ret->database, sizeof(ret->database), value, n);
		} else if (key == 3 && memcmp(p, "cmd", 3) == 0) {
			db_text(ret->command, sizeof(ret->command), value, n);
		} else if (key == 2 && memcmp(p, "fd", 2) == 0) {
			ret->fd = (uint32_t)MIN(value_number(value, n), (uint64_t)UINT32_MAX);
		} else if (key == 4 && memcmp(p, "idle", 4) == 0) {
			idle = value_number(value, n);
		} else if (key == 4 && memcmp(p, "omem", 4) == 0) {
			waiting = value_number(value, n);
		}
		p = stop + 1;
	}
	ret->busy = idle == 0 || waiting > 0;
	return found ? 0 : -EINVAL;
}

uint32_t redis_info_pid(const char *text, size_t len)
{
	static const char key[] = "process_id:";
	const char *at = memmem(text, len, key, sizeof(key) - 1);
	size_t n = 0;

	if (!at)
		return 0;
	at += sizeof(key) - 1;
	while (at + n < text + len && at[n] >= '0' && at[n] <= '9')
		n++;
	return (uint32_t)value_number(at, MIN(n, (size_t)9));
}
