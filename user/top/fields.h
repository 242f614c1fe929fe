/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a flow as the daemon sends them, one table: JSON key, name in the
 * filter language, what it means. Parsing, filter, batch output and help all read
 * this table, so a field is added in one place.
 */
#ifndef TOP_FIELDS_H
#define TOP_FIELDS_H

#include <stddef.h>
#include <stdint.h>

enum text_field {
	T_PROCESS = 0,
	T_EXE,
	T_CMDLINE,
	T_START,
	T_USER,
	T_CONTAINER_ID,
	T_CONTAINER,
	T_UNIT,
	T_TRANSPORT,
	T_INIT,
	T_SCOPE,
	T_DST,
	T_DST_NAME,
	T_DST_GROUP,
	T_AS,
	T_SESSION,
	T_CLIENT,
	T_COMMAND,
	T_PARENT,
	T_IMAGE,
	T_POD,       /* Kubernetes */
	T_NAMESPACE, /* the pod's */
	T_COUNTRY,
	T_DST_SINCE,     /* a day */
	T_COLUMN,        /* which kernel column counted it; never summed across */
	T_WORKLOAD_NAME, /* executable or script; kinder than the process name */
	T_WORKLOAD,      /* id that detection judges by */
	T_ENTITY,        /* this process and no other */
	T_PARENT_ENTITY,
	T_COUNT
};

enum num_field {
	N_PID = 0,
	N_PARENT_PID,
	N_PORT,
	N_NETNS,
	N_RATE_1S,
	N_RATE_10S,
	N_RATE_60S,
	N_PAYLOAD,
	N_WIRE,
	N_RETRANS,
	N_PACKETS,
	N_CALLS,
	N_READ,
	N_FLOWS, /* summed in the row by the daemon */
	N_ASN,   /* of the destination */
	N_BASE,  /* bytes/s this workload is used to */
	N_RATIO, /* observed / allowed, x 1000 */
	N_COUNT
};

struct field {
	const char *key;    /* JSON */
	size_t key_len;     /* compared first: a row has many keys */
	const char *filter; /* word of the filter language */
	const char *help;
};

extern const struct field text_fields[T_COUNT];
extern const struct field num_fields[N_COUNT];

/* Index of a JSON key in the tables, or -1. */
int fields_find_text(const char *key, size_t len);
int fields_find_num(const char *key, size_t len);

/* Rates and counters add up when rows are grouped; ids and ratios do not. */
int fields_num_adds(enum num_field f);

#endif
