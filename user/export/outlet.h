/* SPDX-License-Identifier: Apache-2.0
 *
 * The exporter's end of the link for writing: whole frames from any thread.
 */
#ifndef EXPORT_OUTLET_H
#define EXPORT_OUTLET_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/link.h"

struct outlet {
	int fd;
	pthread_mutex_t lock;
};

/* Writes one frame; ends the process when the daemon is gone: whatever was not
 * acknowledged is in its spool. */
void outlet_send(struct outlet *o, enum link_type type, unsigned int sink, uint64_t sequence,
		 const void *payload, size_t len);

#endif
