/* SPDX-License-Identifier: Apache-2.0
 *
 * The container of saved state; see state.h. Header: magic "EGSTATE1", u32 version,
 * u32 zero, u64 engine bytes, u64 alerts bytes, u64 XXH3-64 of all that follows.
 */
#include "alert/state.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

#include "alert/alert.h"
#include "base/pack.h"
#include "detect/engine.h"

enum { STATE_VERSION = 1, STATE_HEADER = 8 + 4 + 4 + 8 + 8 + 8 };

static const char state_magic[8] = { 'E', 'G', 'S', 'T', 'A', 'T', 'E', '1' };

int state_save(const struct engine *engine, const struct alerts *alerts, struct buf *out)
{
	_cleanup_buf_ struct buf engine_bytes = BUF_INIT, all = BUF_INIT;
	int err = engine_save(engine, &engine_bytes);

	if (err)
		return err;
	buf_add(&all, engine_bytes.data, engine_bytes.len);
	err = alerts_save(alerts, &all);
	if (err)
		return err;
	buf_add(out, state_magic, sizeof(state_magic));
	pack_u32(out, STATE_VERSION);
	pack_u32(out, 0);
	pack_u64(out, engine_bytes.len);
	pack_u64(out, all.len - engine_bytes.len);
	pack_u64(out, XXH3_64bits(all.data, all.len));
	buf_add(out, all.data, all.len);
	return out->error;
}

int state_load(struct engine *engine, struct alerts *alerts, struct names *names, const void *data,
	       size_t len)
{
	const unsigned char *bytes = data, *body = bytes + STATE_HEADER;
	struct unpack w = { .p = bytes + sizeof(state_magic), .end = bytes + len };
	uint64_t engine_len, alerts_len;
	int err;

	if (len < STATE_HEADER || memcmp(bytes, state_magic, sizeof(state_magic)) != 0)
		return -EBADMSG;
	if (unpack_u32(&w) != STATE_VERSION || unpack_u32(&w) != 0)
		return -EBADMSG;
	engine_len = unpack_u64(&w);
	alerts_len = unpack_u64(&w);
	if (engine_len > len - STATE_HEADER || alerts_len != len - STATE_HEADER - engine_len)
		return -EBADMSG;
	if (unpack_u64(&w) != XXH3_64bits(body, len - STATE_HEADER))
		return -EBADMSG;
	err = engine_load(engine, body, engine_len);
	return err ? err : alerts_load(alerts, body + engine_len, alerts_len, names);
}
