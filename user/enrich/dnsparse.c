/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading of DNS answers; see dnsparse.h.
 */
#include "enrich/dnsparse.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	HEADER_BYTES = 12,
	RECORDS_MAX = 64,   /* looked at: a resolver's answer has a dozen */
	ADDRESSES_MAX = 16, /* believed of one answer */
	JUMPS_MAX = 16,     /* of a compressed name */
	LABEL_MAX = 63,     /* RFC 1035 2.3.4 */
	POINTER = 0xc0,     /* RFC 1035 4.1.4 */
	TYPE_A = 1,
	TYPE_CNAME = 5,
	TYPE_AAAA = 28,
	CLASS_IN = 1,
	RECORD_FIXED_BYTES = 10, /* type, class, TTL, length */
};

/* Of the flags: QR set, opcode 0, rcode 0. */
static const uint8_t want_first = 0x80, mask_first = 0xf8, mask_second = 0x0f;

struct reader {
	const uint8_t *msg;
	size_t len, at;
};

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static bool take_label(const uint8_t *label, size_t len, char *out, size_t *used)
{
	if (*used + len + 1 > DNS_NAME_MAX + 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum(label[i]) && label[i] != '-' && label[i] != '_')
			return false;
		out[(*used)++] = (char)tolower(label[i]);
	}
	out[(*used)++] = '.';
	return true;
}

/* The name at r->at, which moves behind it. Pointers lead backwards only, so that they
 * cannot go round. out holds DNS_NAME_MAX + 2. */
static bool read_name(struct reader *r, char *out)
{
	size_t at = r->at, used = 0, limit = r->len;
	unsigned int jumps = 0;

	while (at < limit && r->msg[at]) {
		uint8_t c = r->msg[at];

		if (c > LABEL_MAX) {
			size_t to;

			if (c < POINTER || at + 2 > r->len || ++jumps > JUMPS_MAX)
				return false;
			to = get16(r->msg + at) & ~(POINTER << 8);
			if (jumps == 1)
				r->at = at + 2;
			if (to >= at)
				return false;
			limit = at;
			at = to;
			continue;
		}
		if (at + 1 + c > limit || !take_label(r->msg + at + 1, c, out, &used))
			return false;
		at += 1u + c;
	}
	if (at >= limit)
		return false;
	if (!jumps)
		r->at = at + 1;
	out[used ? used - 1 : 0] = '\0';
	return true;
}

struct record {
	char owner[DNS_NAME_MAX + 2];
	unsigned int type, class, len;
	size_t data; /* offset */
};

static bool read_record(struct reader *r, struct record *ret)
{
	const uint8_t *p;

	if (!read_name(r, ret->owner) || r->len - r->at < RECORD_FIXED_BYTES)
		return false;
	p = r->msg + r->at;
	ret->type = get16(p);
	ret->class = get16(p + 2);
	ret->len = get16(p + 8);
	ret->data = r->at + RECORD_FIXED_BYTES;
	if (ret->len > r->len - ret->data)
		return false;
	r->at = ret->data + ret->len;
	return true;
}

/* An address as 16 bytes; false: not an address record. */
static bool address_of(const struct reader *r, const struct record *rec, uint8_t ret[16])
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, 0xff };

	if (rec->type == TYPE_AAAA && rec->len == 16) {
		memcpy(ret, r->msg + rec->data, 16);
		return true;
	}
	if (rec->type != TYPE_A || rec->len != 4)
		return false;
	memcpy(ret, v4_mapped, 12);
	memcpy(ret + 12, r->msg + rec->data, 4);
	return true;
}

static bool read_question(struct reader *r, char *name)
{
	const uint8_t *m = r->msg;

	if (r->len < HEADER_BYTES || (m[2] & mask_first) != want_first || (m[3] & mask_second) ||
	    get16(m + 4) != 1)
		return false;
	r->at = HEADER_BYTES;
	if (!read_name(r, name) || !*name || r->len - r->at < 4)
		return false;
	r->at += 4;
	return true;
}

int dnsparse_answer(const uint8_t *msg, size_t len, dnsparse_fn fn, void *ctx)
{
	struct reader r = { .msg = msg, .len = len };
	char asked[DNS_NAME_MAX + 2], now[DNS_NAME_MAX + 2];
	unsigned int records;
	struct record rec;
	int found = 0;

	if (!read_question(&r, asked))
		return -EBADMSG;
	memcpy(now, asked, sizeof(now));
	records = get16(msg + 6);
	for (unsigned int i = 0; i < records && i < RECORDS_MAX && found < ADDRESSES_MAX; i++) {
		uint8_t addr[16];

		if (!read_record(&r, &rec))
			return found ? found : -EBADMSG;
		if (rec.class != CLASS_IN || strcmp(rec.owner, now) != 0)
			continue;
		if (rec.type == TYPE_CNAME) {
			struct reader target = { .msg = msg, .len = len, .at = rec.data };

			if (!read_name(&target, now))
				return found ? found : -EBADMSG;
		} else if (address_of(&r, &rec, addr)) {
			fn(ctx, asked, addr);
			found++;
		}
	}
	return found;
}
