/* SPDX-License-Identifier: Apache-2.0
 *
 * A build without OpenSSL has no TLS; see tls.h.
 */
#include <errno.h>
#include <stdio.h>

#include "sink/tls.h"

int tls_open(int fd, const struct dial_options *options, const char *host, struct tls **ret,
	     char *why, size_t size)
{
	(void)fd;
	(void)options;
	(void)host;
	*ret = NULL;
	(void)snprintf(why, size, "this egressd was built without TLS");
	return -ENOTSUP;
}

void tls_close(struct tls *t)
{
	(void)t;
}

void tls_why(struct tls *t, const struct dial_options *options, char *why, size_t size)
{
	(void)t;
	(void)options;
	(void)why;
	(void)size;
}

ssize_t tls_write(struct tls *t, const void *data, size_t len)
{
	(void)t;
	(void)data;
	(void)len;
	return -ENOTSUP;
}

int tls_drain(struct tls *t)
{
	(void)t;
	return -ENOTSUP;
}
