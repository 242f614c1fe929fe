/* SPDX-License-Identifier: Apache-2.0
 *
 * What all of enrich/ needs to hold names: an ident's strings, empty or owned, and the
 * clock they are dated by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "enrich/internal.h"

uint64_t boot_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void ident_init(struct ident *id, const char *comm)
{
	*id = (struct ident){
		.exe = "",
		.cmdline = "",
		.script = "",
		.user = "",
		.unit = "",
		.container_id = "",
		.container_name = "",
		.container_image = "",
		.container_owner = "",
		.container_labels = "",
		.cgroup_path = "",
		.parent_comm = "",
		.db_session = "",
		.db_client = "",
		.db_command = "",
		.db_system = "",
		.db_application = "",
		.db_query = "",
		.real_user = "",
		.login_user = "",
		.exe_sha256 = "",
		.cwd = "",
		.ancestors = "",
		.feeder = "",
		.pod = "",
		.pod_namespace = "",
		.loginuid = UINT32_MAX,
	};
	snprintf(id->comm, sizeof(id->comm), "%s", comm);
}

bool set_text(const char **field, const char *text, size_t len)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	char *copy;

	utf8_add_plain(&b, text, len);
	if (b.error || strcmp(*field, b.len ? b.data : "") == 0)
		return false;
	copy = b.len ? strdup(b.data) : NULL;
	if (**field)
		free((void *)(uintptr_t)*field);
	*field = copy ? copy : "";
	return true;
}

void process_clear(struct process *p)
{
	const char **const texts[] = {
		&p->id.exe,
		&p->id.cmdline,
		&p->id.script,
		&p->id.user,
		&p->id.unit,
		&p->id.container_id,
		&p->id.container_name,
		&p->id.container_image,
		&p->id.container_owner,
		&p->id.container_labels,
		&p->id.cgroup_path,
		&p->id.parent_comm,
		&p->id.db_session,
		&p->id.db_client,
		&p->id.db_command,
		&p->id.db_application,
		&p->id.db_query,
		&p->id.real_user,
		&p->id.login_user,
		&p->id.cwd,
		&p->id.ancestors,
		&p->id.feeder,
		&p->id.pod,
		&p->id.pod_namespace,
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		(void)set_text(texts[i], "", 0);
}
