/* SPDX-License-Identifier: Apache-2.0
 *
 * Masking of command lines: any input gives bounded, printable text, and a secret that
 * stands where secrets stand never comes through.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "enrich/mask.h"

#define CUT 512

static void check(const struct buf *b)
{
	if (b->len > CUT)
		abort();
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < 0x20 || b->data[i] == 0x7f)
			abort();
}

/* One argument "<prefix><input>" must come out as "x <prefix>***". */
static void check_secret(const char *prefix, const uint8_t *data, size_t size)
{
	struct buf args = BUF_INIT, out = BUF_INIT, want = BUF_INIT;

	buf_add(&args, "x", 2);
	buf_add_str(&args, prefix);
	buf_add(&args, data, size);
	buf_addf(&want, "x %s***", prefix);
	mask_cmdline(&out, args.data, args.len, CUT);
	if (strcmp(out.data, want.data) != 0)
		abort();
	buf_free(&args);
	buf_free(&out);
	buf_free(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT;

	mask_cmdline(&out, (const char *)data, size, CUT);
	check(&out);
	buf_free(&out);
	if (size > 0 && !memchr(data, '\0', size)) {
		check_secret("--password=", data, size);
		check_secret("PGPASSWORD=", data, size);
	}
	return 0;
}
