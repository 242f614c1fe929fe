/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs --batch; see batch.h.
 */
#include <errno.h>

#include "base/log.h"
#include "top/batch.h"
#include "top/fetch.h"

#define STATUS_FAILED 1

static int print_out(struct buf *out)
{
	if (out->error)
		return out->error;
	if (out->len && fwrite(out->data, 1, out->len, stdout) != out->len)
		return -errno;
	return fflush(stdout) == 0 ? 0 : -errno;
}

static void pause_ms(unsigned int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

int batch_run(struct ui *ui, const struct options *o)
{
	struct fetch fetch = { .socket_path = o->socket_path, .limit = o->limit };
	struct snapshot s = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int status = 0, r;

	for (unsigned long n = 0; status == 0 && (!o->count || n < o->count); n++) {
		if (n)
			pause_ms(o->interval_ms);
		status = fetch_snapshot(&fetch, &s);
		if (status) {
			log_error("%s", s.error);
			break;
		}
		buf_clear(&out);
		r = ui_take(ui, &s);
		if (r == 0) {
			batch_format(ui, o, n == 0, &out);
			r = print_out(&out);
		}
		if (r < 0) {
			log_error("cannot write: %s", strerrordesc_np(-r));
			status = STATUS_FAILED;
		}
	}
	fetch_close(&fetch);
	snapshot_free(&s);
	return status;
}
