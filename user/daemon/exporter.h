/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's side of the exporter: an unprivileged child that talks to receivers.
 * It gets records of the spool as far as it has room, a sink at a time, so that one
 * that stands still holds up nobody; what it acknowledges moves the sink's cursor. If
 * it dies it is started again and gets everything unacknowledged once more.
 */
#ifndef DAEMON_EXPORTER_H
#define DAEMON_EXPORTER_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct event_base;
struct exporter;
struct params_export;
struct sinks;
struct spool;

struct exporter_options {
	struct event_base *base;
	struct spool *spool; /* NULL: nothing is sent but heartbeats and metrics */
	const struct sinks *sinks;
	const struct params_export *params;
	const char *host, *state_dir; /* dead letters are kept in the state directory */
};

/* Starts the child if anything is configured; *ret NULL if not. All but the numbers is
 * borrowed. Problems with one sink are logged, and the others go on. */
int exporter_open(const struct exporter_options *options, struct exporter **ret);
/* Keeps the cursors; ends the child. NULL is fine here and below. */
void exporter_close(struct exporter *e);

/* The spool has a new record. */
void exporter_poke(struct exporter *e);
/* One line to every sink, once, if it has room: heartbeats. */
void exporter_tell(struct exporter *e, const char *line, size_t len);
/* The daemon's own metrics, for /metrics. */
void exporter_metrics(struct exporter *e, const char *text, size_t len);

/* New list, secrets and certificates: a fresh child; nothing is lost. */
void exporter_reload(struct exporter *e, const struct sinks *sinks);

/* One JSON object a sink, comma between: for `status`. */
void exporter_status(const struct exporter *e, struct buf *out);

/* exporter_spawn.c: the program of that name beside this one, as that user, with a stream
 * socket as its descriptor 3. *ret_fd is our end, not blocking. */
int exporter_spawn(const char *program, unsigned int uid, unsigned int gid, int metrics_fd,
		   int *ret_pid, int *ret_fd);
/* The user of that name, nobody if there is none. */
void exporter_user(const char *name, unsigned int *ret_uid, unsigned int *ret_gid);
/* A listening socket: "127.0.0.1:9464", "[::1]:9464", or an absolute path. */
int exporter_listen(const char *address, int *ret_fd);

#endif
