/* SPDX-License-Identifier: Apache-2.0
 *
 * A flow table of a host without processes, users and cgroups. cmocka's headers come
 * before this one.
 */
#ifndef FLOWTAB_FIXTURE_H
#define FLOWTAB_FIXTURE_H

#include "enrich/enrich.h"
#include "model/flowtab.h"
#include "model/names.h"

struct empty_host {
	struct enrich *enrich;
	struct names *names;
};

static inline struct flowtab *empty_host_open(struct empty_host *h)
{
	static const struct enrich_options options = { .proc_root = "/nonexistent",
						       .cgroup_root = "/nonexistent",
						       .passwd_path = "/nonexistent" };
	struct flowtab *table = NULL;

	assert_int_equal(enrich_new(&options, &h->enrich), 0);
	assert_int_equal(names_new(&h->names), 0);
	assert_int_equal(flowtab_new(h->enrich, h->names, &table), 0);
	return table;
}

static inline void empty_host_close(struct empty_host *h, struct flowtab *table)
{
	flowtab_free(table);
	names_free(h->names);
	enrich_free(h->enrich);
}

#endif
