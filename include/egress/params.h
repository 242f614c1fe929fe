/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator may turn, as plain structs with units in the names. Filled by
 * user/config/ (defaults, file), read by the stages. No code, no pointers to
 * anything but strings the configuration owns.
 */
#ifndef EGRESS_PARAMS_H
#define EGRESS_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

enum { EG_HORIZONS = 8 }; /* 10 s, 1 min, 10 min, 1 h, 6 h, 1 d, 7 d, 28 d */

/* Context points; ten points halve the allowance (DETECTION 1.4). */
enum eg_context {
	EG_CTX_NEW_DEST = 0,  /* destination group younger than 7 d or active on < 3 days */
	EG_CTX_UNUSUAL_ACTOR, /* actor does not usually send */
	EG_CTX_TOOL,          /* dump or transfer tool */
	EG_CTX_FIRST_PUBLIC,  /* public destination, actor's public egress usually small */
	EG_CTX_READ_COUPLED,  /* sent/read of database files between .3 and 3 */
	EG_CTX_FAN,           /* more destinations than usual */
	EG_CTX_OFF_HOURS,     /* hour of the week usually quiet */
	EG_CTX_DECLARED,      /* an expected transfer, within its budget (negative) */
	EG_CTX_ROLE,          /* configured replica or backup peer, internal (negative) */
	EG_CTX_COUNT
};

/* What may raise an alert; the first as enum series_kind (detect/finding.h). */
enum eg_rule {
	EG_RULE_HOST = 0, /* all that leaves the host */
	EG_RULE_ACTOR,    /* all that one program sends */
	EG_RULE_READ,     /* what a program reads of database files */
	EG_RULE_PAIR,     /* a program and a destination */
	EG_RULE_NOVEL,    /* what a program sends to new destinations */
	EG_RULE_FAN,      /* to how many destinations */
	/* Beside the peaks of those: */
	EG_RULE_WEEK,   /* an hour that is usually far quieter */
	EG_RULE_STEADY, /* the quietest hour of a day */
	EG_RULE_USUAL,  /* a regular transfer's day beyond its usual ones */
	EG_RULE_DRIFT,  /* a baseline that is held back */
	EG_RULE_COUNT
};

struct params_detect {
	bool rule[EG_RULE_COUNT];           /* false: it says nothing (it learns all the same) */
	uint32_t factor_milli[EG_HORIZONS]; /* A_h x 1000 */
	uint64_t floor_bytes[EG_HORIZONS];  /* F_h before scaling by phi */
	uint32_t growth_milli;              /* g x 1000: baseline growth allowed per day */
	uint32_t half_life_days;            /* of the reference peak */
	uint64_t minimum_bytes;             /* nothing below this volume scores */
	int32_t context_points[EG_CTX_COUNT];
	int32_t context_cap; /* sum of context points, at most */
	int32_t notice_score, ticket_score, page_score;
	uint32_t novel_days;           /* a destination group is new for so long */
	uint32_t novel_active_days;    /* ... or until active on so many days */
	uint32_t novel_floor_divisor;  /* NOVEL floors are F_h / this */
	uint64_t database_bytes;       /* D given by the operator; 0 = measured */
	uint32_t share_page_milli;     /* D x this / 1000 to a new public place pages: 10 = 1 % */
	uint32_t fan_groups;           /* so many destination groups are never worth an alert */
	uint32_t fan_factor_milli;     /* A of counts x 1000 */
	uint32_t week_factor_milli;    /* an hour breaks its habit at this x 1000 of its slot */
	uint32_t internal_floors;      /* floors inside the house are larger by this */
	uint32_t internal_page_points; /* ... and less context than this never pages there */
	uint32_t max_series;           /* series kept; the rest fold into "other" */
};

struct params_alert {
	uint32_t update_min_s; /* at most one update of an open alert per so many seconds */
	uint32_t clear_min_s;  /* quiet for at least so long before it closes */
	uint32_t clear_max_s;
	uint32_t reopen_s; /* a re-opened alert keeps its id within this */
	uint32_t fold_s;   /* series of one host fold into one incident within this */
	uint32_t
		pages_per_day; /* then a digest, never for a new public destination or >= 1 % of D */
};

struct params_daemon {
	const char *state_dir;
	const char *socket_path;
	const char *socket_group; /* may read */
	const char *admin_group;  /* may acknowledge and change; "" = root only */
	const char *host_name;    /* "" = ask the kernel */
	const char *cgroup_root;  /* "" = find it */
	const char *bpffs;        /* "" = /sys/fs/bpf */
	const char *log_level;    /* error, warning, info, debug */
	uint32_t interval_ms;     /* tick */
	uint32_t max_flows;       /* kernel flow map entries */
	uint32_t flow_idle_s;     /* a flow idle for longer leaves the kernel map */
	uint32_t flow_ended_s;    /* ended flows stay listed for so long */
	uint64_t store_max_bytes;
	uint32_t store_max_days;
	uint64_t spool_bytes;   /* preallocated for alerts */
	bool store;             /* keep history in SQLite */
	bool ephemeral;         /* remove pins at exit */
	bool watch_reads;       /* count what is read of database files */
	const char *watch_dirs; /* directories besides those found, with ':' between */
	const char *devices;    /* that lead off the host besides hardware, with ':' between */
};

struct params_export {
	const char *user;           /* the exporter runs as; nobody if there is no such user */
	const char *metrics_listen; /* "127.0.0.1:9464", an absolute path, "" = none */
	uint32_t heartbeat_s;       /* to every sink; 0 = none */
	uint32_t flows_s;           /* summaries to sinks that take them; 0 = none */
	uint32_t flows_top;         /* records of one, beside the one of all others */
};

/* Database servers to ask for their sessions; the addresses with blanks between. */
struct params_sessions {
	const char *postgresql, *postgresql_user, *postgresql_password;
	const char *mysql, *mysql_user, *mysql_password;
	const char *redis, *redis_user, *redis_password;
	uint32_t interval_ms, timeout_ms;
};

struct params_networks {
	const char *names; /* "backup=203.0.113.7 app=10.2.0.0/16" (config/networks.h) */
};

struct params_containers {
	const char *sockets; /* "docker:/run/docker.sock cri:..." (config/runtimes.h); "" = none */
	const char *labels;  /* prefixes of labels shown, with blanks between */
};

struct params_destinations {
	const char *databases; /* files of AS and country, with ':' between */
	const char *resolver;  /* of reverse names; "" = /etc/resolv.conf */
	bool learn_names;      /* from the host's DNS answers */
	bool reverse_names;
};

struct params {
	struct params_daemon daemon;
	struct params_detect detect;
	struct params_alert alert;
	struct params_export exports;
	struct params_networks networks;
	struct params_containers containers;
	struct params_sessions sessions;
	struct params_destinations destinations;
};

#endif
