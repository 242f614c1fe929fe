/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing and pairing of connections; see socktab.h and proc_pid_net(5).
 */
#include "enrich/socktab.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { STATE_LISTEN = 0x0a, FIELD_STATE = 3, FIELD_INODE = 9, FIELDS = 10 };

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool scan_hex(const char *s, size_t digits, uint32_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < digits; i++) {
		int v = hex_value(s[i]);

		if (v < 0)
			return false;
		*ret = *ret << 4 | (uint32_t)v;
	}
	return true;
}

/* "0100007F:1538": 32-bit words as the processor reads them, port as a number. */
static bool scan_end(const char *s, size_t len, uint8_t addr[16], uint16_t *port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t digits = len >= 5 ? len - 5 : 0;
	uint32_t word;

	if ((digits != 8 && digits != 32) || s[digits] != ':' ||
	    !scan_hex(s + digits + 1, 4, &word))
		return false;
	*port = (uint16_t)word;
	if (digits == 8)
		memcpy(addr, mapped, sizeof(mapped));
	for (size_t i = 0; i < digits / 8; i++) {
		if (!scan_hex(s + 8 * i, 8, &word))
			return false;
		memcpy(addr + (digits == 8 ? 12 : 4 * i), &word, sizeof(word));
	}
	return true;
}

static bool scan_inode(const char *s, size_t len, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return false;
	*ret = v;
	return v != 0;
}

bool socktab_parse_line(const char *line, size_t len, struct tcp_end *ret)
{
	const char *word[FIELDS], *p = line, *end = line + len;
	size_t size[FIELDS];
	uint32_t state;

	for (size_t i = 0; i < FIELDS; i++) {
		while (p < end && *p == ' ')
			p++;
		word[i] = p;
		while (p < end && *p != ' ' && *p != '\n')
			p++;
		size[i] = (size_t)(p - word[i]);
		if (!size[i])
			return false;
	}
	if (!scan_end(word[1], size[1], ret->local, &ret->local_port) ||
	    !scan_end(word[2], size[2], ret->remote, &ret->remote_port))
		return false;
	if (size[FIELD_STATE] != 2 || !scan_hex(word[FIELD_STATE], 2, &state))
		return false;
	return state != STATE_LISTEN &&
	       scan_inode(word[FIELD_INODE], size[FIELD_INODE], &ret->inode);
}

bool socktab_add(struct socktab *t, const struct tcp_end *row)
{
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct tcp_end *rows;

		if (t->count >= SOCKTAB_ROWS_MAX)
			return false;
		rows = reallocarray(t->rows, cap, sizeof(*rows));
		if (!rows)
			return false;
		t->rows = rows;
		t->cap = cap;
	}
	t->rows[t->count++] = *row;
	return true;
}

void socktab_free(struct socktab *t)
{
	free(t->rows);
	*t = (struct socktab){ NULL, 0, 0 };
}

static bool is_other_end(const struct tcp_end *a, const struct tcp_end *b)
{
	return a->local_port == b->remote_port && a->remote_port == b->local_port &&
	       memcmp(a->local, b->remote, sizeof(a->local)) == 0 &&
	       memcmp(a->remote, b->local, sizeof(a->remote)) == 0;
}

static int by_ports(const void *pa, const void *pb)
{
	const struct tcp_end *a = pa, *b = pb;

	if (a->local_port != b->local_port)
		return a->local_port < b->local_port ? -1 : 1;
	return (a->remote_port > b->remote_port) - (a->remote_port < b->remote_port);
}

void socktab_sort(struct socktab *t)
{
	if (t->count)
		qsort(t->rows, t->count, sizeof(t->rows[0]), by_ports);
}

const struct tcp_end *socktab_other_end(const struct socktab *t, const struct tcp_end *one)
{
	const struct tcp_end wanted = { .local_port = one->remote_port,
					.remote_port = one->local_port };
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_ports(&t->rows[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->count && by_ports(&t->rows[low], &wanted) == 0; low++)
		if (is_other_end(one, &t->rows[low]))
			return &t->rows[low];
	return NULL;
}
