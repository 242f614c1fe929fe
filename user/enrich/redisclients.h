/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of Redis' CLIENT LIST: "id=3 addr=10.0.0.7:52555 ... cmd=get user=app". Pure.
 */
#ifndef ENRICH_REDISCLIENTS_H
#define ENRICH_REDISCLIENTS_H

#include "enrich/dbsession.h"

/* -EINVAL: no such line, or no address in it. */
int redis_client_parse(const char *line, size_t len, struct db_session *ret);

/* "process_id:4242" of INFO server; 0 = not there. */
uint32_t redis_info_pid(const char *text, size_t len);

/* "10.0.0.7:4242", "[::1]:4242", "app1:4242", "localhost", "/path:0": address and port. */
void db_client_split(const char *text, size_t len, struct db_session *ret);

#endif
