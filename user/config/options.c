/* SPDX-License-Identifier: Apache-2.0
 *
 * The option table: every key of the configuration file, once. The parser, the
 * overrides of the command line and the reference are made from it; nothing else
 * knows a default.
 */
#include "config/config.h"

#define AT(field) offsetof(struct params, field)
#define KIB (1ll << 10)
#define MIB (1ll << 20)
#define TIB (1ll << 40)
#define DAY 86400ll
#define YEAR (366 * DAY)

/* The kernel map is preallocated at about 150 bytes a row. */
#define FLOWS_MIN 1024
#define FLOWS_MAX (1 << 22)
#define SOCKET_PATH_MAX 107 /* sockaddr_un.sun_path less its NUL (unix(7)) */
#define GROUP_NAME_MAX 32   /* useradd(8) */
#define HOST_NAME_CHARS 253 /* RFC 1035 2.3.4 */
#define FACTOR_MIN 1000
#define FACTOR_MAX 100000
#define POINTS 200 /* twenty doublings: more says nothing more */

#define FACTOR(h, i, def)                                                                        \
	{                                                                                        \
		"detect.factor." h, OPT_MILLI, AT(detect.factor_milli[i]), def, FACTOR_MIN,      \
			FACTOR_MAX, "peak of " h " that is still normal, times the learned one", \
			NULL                                                                     \
	}
#define FLOOR(h, i, def)                                                                      \
	{                                                                                     \
		"detect.floor." h, OPT_SIZE, AT(detect.floor_bytes[i]), def, KIB, 1024 * TIB, \
			"sent within " h " without a word, whatever was learned", NULL        \
	}
#define CONTEXT(name, i, def, help)                                                          \
	{                                                                                    \
		"detect.context." name, OPT_I32, AT(detect.context_points[i]), def, -POINTS, \
			POINTS, help, NULL                                                   \
	}

#define RULE(name, i, help)                                                                      \
	{                                                                                        \
		"detect.rule." name, OPT_BOOL, AT(detect.rule[EG_RULE_##i]), "true", 0, 0, help, \
			NULL                                                                     \
	}

const struct option_def config_options[] = {
	{ "daemon.state_dir", OPT_PATH, AT(daemon.state_dir), "/var/lib/egressd", 1, 4000,
	  "baselines, alert spool and history; also names the pins under bpffs", NULL },
	{ "daemon.socket_path", OPT_PATH, AT(daemon.socket_path), "/run/egressd/egressd.sock", 1,
	  SOCKET_PATH_MAX, "control socket of egressctl and egresstop", NULL },
	{ "daemon.socket_group", OPT_STRING, AT(daemon.socket_group), "egressd", 0, GROUP_NAME_MAX,
	  "members may read; empty: root only", NULL },
	{ "daemon.admin_group", OPT_STRING, AT(daemon.admin_group), "", 0, GROUP_NAME_MAX,
	  "members may acknowledge and change; empty: root only, so that nobody whose "
	  "transfers are watched can silence them",
	  NULL },
	{ "daemon.host_name", OPT_STRING, AT(daemon.host_name), "", 0, HOST_NAME_CHARS,
	  "name in alerts; empty: the kernel's", NULL },
	{ "daemon.cgroup_root", OPT_PATH, AT(daemon.cgroup_root), "", 0, 4000,
	  "mount of the cgroup v2 hierarchy; empty: found in /proc/self/mountinfo", NULL },
	{ "daemon.bpffs", OPT_PATH, AT(daemon.bpffs), "", 0, 4000,
	  "where counters are pinned; empty: /sys/fs/bpf", NULL },
	{ "daemon.log_level", OPT_CHOICE, AT(daemon.log_level), "info", 0, 0, "how much is logged",
	  "error warning info debug" },
	{ "daemon.interval", OPT_DURATION_MS, AT(daemon.interval_ms), "1s", 100, 60000,
	  "time between two readings of the counters; longer delays alerts by as much", NULL },
	{ "daemon.max_flows", OPT_U32, AT(daemon.max_flows), "65536", FLOWS_MIN, FLOWS_MAX,
	  "rows of the kernel's flow map; what does not fit is counted as unattributed", NULL },
	{ "daemon.flow_idle", OPT_DURATION_S, AT(daemon.flow_idle_s), "120s", 10, DAY,
	  "a flow silent for so long leaves the kernel map; its sums are kept. 10s while a map "
	  "that was three quarters full is more than half full",
	  NULL },
	{ "daemon.flow_ended", OPT_DURATION_S, AT(daemon.flow_ended_s), "1h", 0, 7 * DAY,
	  "an ended flow stays listed for so long, then counts under \"other\"", NULL },
	{ "daemon.store", OPT_BOOL, AT(daemon.store), "true", 0, 0,
	  "keep history in SQLite under the state directory", NULL },
	{ "daemon.store_max_bytes", OPT_SIZE, AT(daemon.store_max_bytes), "1GiB", MIB, TIB,
	  "history never grows beyond; the oldest goes first", NULL },
	{ "daemon.store_max_days", OPT_U32, AT(daemon.store_max_days), "30", 1, 3660,
	  "history older than so many days is deleted", NULL },
	{ "daemon.spool_bytes", OPT_SIZE, AT(daemon.spool_bytes), "16MiB", MIB, 64 * 1024 * MIB,
	  "preallocated for alerts, so that a full disk loses none", NULL },
	{ "daemon.ephemeral", OPT_BOOL, AT(daemon.ephemeral), "false", 0, 0,
	  "remove the pinned counters at exit; counting then stops with the daemon", NULL },
	{ "daemon.watch_reads", OPT_BOOL, AT(daemon.watch_reads), "true", 0, 0,
	  "count what each process reads of database files; makes every system call a little "
	  "slower while a database is there (docs/kernel.md)",
	  NULL },
	{ "daemon.watch_dirs", OPT_STRING, AT(daemon.watch_dirs), "", 0, 4000,
	  "directories to watch besides those of the database servers found, with : between",
	  NULL },
	{ "daemon.devices", OPT_STRING, AT(daemon.devices), "", 0, 1000,
	  "network devices that lead off this host besides hardware, with : between; what they "
	  "send beyond the bytes of sockets is the residual (docs/accuracy.md)",
	  NULL },

	RULE("host", HOST, "all that leaves the host"),
	RULE("actor", ACTOR, "all that one program sends"),
	RULE("read", READ, "what a program reads of database files (a notice at most)"),
	RULE("pair", PAIR, "what a program sends to one destination"),
	RULE("novel", NOVEL, "what a program sends to new destinations"),
	RULE("fan", FAN, "to how many destinations a program sends"),
	RULE("week", WEEK, "an hour of the week that is usually far quieter"),
	RULE("steady", STEADY, "what leaves even in the quietest hour of a day"),
	RULE("usual", USUAL, "a day of a regular transfer beyond its usual ones"),
	RULE("drift", DRIFT, "a baseline that is held back for weeks"),
	FACTOR("10s", 0, "3"),
	FACTOR("1m", 1, "3"),
	FACTOR("10m", 2, "3"),
	FACTOR("1h", 3, "3"),
	FACTOR("6h", 4, "3"),
	FACTOR("1d", 5, "2.5"),
	FACTOR("7d", 6, "1.5"),
	FACTOR("28d", 7, "1.4"),
	FLOOR("10s", 0, "64MB"),
	FLOOR("1m", 1, "128MB"),
	FLOOR("10m", 2, "256MB"),
	FLOOR("1h", 3, "512MB"),
	FLOOR("6h", 4, "768MB"),
	FLOOR("1d", 5, "1GB"),
	FLOOR("7d", 6, "2GB"),
	FLOOR("28d", 7, "4GB"),
	{ "detect.growth", OPT_MILLI, AT(detect.growth_milli), "1.02", 1000, 2000,
	  "a baseline grows by no more than this factor a day, so that it cannot be led upwards",
	  NULL },
	{ "detect.half_life_days", OPT_U32, AT(detect.half_life_days), "60", 1, 3660,
	  "an old peak counts half after so many days", NULL },
	{ "detect.minimum", OPT_SIZE, AT(detect.minimum_bytes), "16MB", KIB, TIB,
	  "nothing below this volume raises an alert", NULL },
	CONTEXT("new_destination", EG_CTX_NEW_DEST, "30",
		"points for a destination network not seen before; 10 points halve the allowance"),
	CONTEXT("unusual_actor", EG_CTX_UNUSUAL_ACTOR, "20",
		"points for a program that does not usually send"),
	CONTEXT("tool", EG_CTX_TOOL, "20", "points for a dump or transfer tool"),
	CONTEXT("first_public", EG_CTX_FIRST_PUBLIC, "10",
		"points for a public destination where the program's public traffic is small"),
	CONTEXT("read_coupled", EG_CTX_READ_COUPLED, "10",
		"points where about as many database bytes were read as sent"),
	CONTEXT("fan", EG_CTX_FAN, "10", "points for more destinations than usual"),
	CONTEXT("off_hours", EG_CTX_OFF_HOURS, "10",
		"points in an hour of the week that is usually quiet"),
	CONTEXT("declared", EG_CTX_DECLARED, "-40",
		"points for a declared transfer within its budget"),
	CONTEXT("role", EG_CTX_ROLE, "-20",
		"points for a configured replica or backup peer on an internal network"),
	{ "detect.context.cap", OPT_I32, AT(detect.context_cap), "60", 0, POINTS,
	  "all points together count no more than this", NULL },
	{ "detect.score.notice", OPT_I32, AT(detect.notice_score), "0", -POINTS, POINTS,
	  "score of a notice (kept and sent on, nobody is called)", NULL },
	{ "detect.score.ticket", OPT_I32, AT(detect.ticket_score), "10", -POINTS, POINTS,
	  "score of a ticket (look today)", NULL },
	{ "detect.score.page", OPT_I32, AT(detect.page_score), "20", -POINTS, POINTS,
	  "score of a page (look now)", NULL },
	{ "detect.novel.days", OPT_U32, AT(detect.novel_days), "7", 1, 365,
	  "a destination network is new for so many days", NULL },
	{ "detect.novel.active_days", OPT_U32, AT(detect.novel_active_days), "3", 1, 365,
	  "and until it was sent to on so many days", NULL },
	{ "detect.novel.floor_divisor", OPT_U32, AT(detect.novel_floor_divisor), "8", 1, 1024,
	  "the floors for bytes to new destinations are smaller by this", NULL },
	{ "detect.fan.groups", OPT_U32, AT(detect.fan_groups), "20", 1, 65536,
	  "to so many destination networks within an hour without a word", NULL },
	{ "detect.fan.factor", OPT_MILLI, AT(detect.fan_factor_milli), "2", FACTOR_MIN, FACTOR_MAX,
	  "number of destinations that is still normal, times the learned one", NULL },
	{ "detect.week_factor", OPT_MILLI, AT(detect.week_factor_milli), "4", FACTOR_MIN,
	  FACTOR_MAX,
	  "an hour beyond this, times what is usual at this time of the week, breaks a habit",
	  NULL },
	{ "detect.internal.floors", OPT_U32, AT(detect.internal_floors), "4", 1, 1024,
	  "floors for private addresses are larger by this", NULL },
	{ "detect.internal.page_points", OPT_U32, AT(detect.internal_page_points), "60", 0, POINTS,
	  "nothing pages there with fewer points of context", NULL },
	{ "detect.database", OPT_SIZE, AT(detect.database_bytes), "0", 0, INT64_MAX,
	  "size of the databases on this host; 0: measured from their open files", NULL },
	{ "detect.share_page", OPT_MILLI, AT(detect.share_page_milli), "0.01", 0, 1000,
	  "this part of the database sent to a new public destination pages at once; 0: never",
	  NULL },
	{ "detect.max_series", OPT_U32, AT(detect.max_series), "4096", 64, 1 << 22,
	  "series learned, about 1 KiB each; the rest is judged together", NULL },

	{ "alert.update_min", OPT_DURATION_S, AT(alert.update_min_s), "15m", 0, DAY,
	  "an open alert is updated no more often, unless its level rises", NULL },
	{ "alert.clear_min", OPT_DURATION_S, AT(alert.clear_min_s), "30m", 0, 7 * DAY,
	  "an alert closes after at least so long below half the allowance", NULL },
	{ "alert.clear_max", OPT_DURATION_S, AT(alert.clear_max_s), "1d", 0, 28 * DAY,
	  "and after no longer than this, however long the horizon that raised it", NULL },
	{ "alert.reopen", OPT_DURATION_S, AT(alert.reopen_s), "1d", 0, YEAR,
	  "an alert that comes back within this keeps its id", NULL },
	{ "alert.fold", OPT_DURATION_S, AT(alert.fold_s), "1h", 0, 7 * DAY,
	  "what one host raises within this becomes one incident", NULL },
	{ "alert.pages_per_day", OPT_U32, AT(alert.pages_per_day), "3", 0, 10000,
	  "then a digest; never for a new public destination or a large share of the database",
	  NULL },

	{ "export.user", OPT_STRING, AT(exports.user), "egressd", 1, GROUP_NAME_MAX,
	  "the process that talks to receivers runs as this user; nobody if there is none", NULL },
	{ "export.metrics_listen", OPT_STRING, AT(exports.metrics_listen), "", 0, 300,
	  "Prometheus: 127.0.0.1:9464, [::1]:9464 or a socket's absolute path; empty: none", NULL },
	{ "export.heartbeat", OPT_DURATION_S, AT(exports.heartbeat_s), "1m", 0, DAY,
	  "a heartbeat event to every sink this often; 0s: none", NULL },
	{ "export.flows", OPT_DURATION_S, AT(exports.flows_s), "5m", 0, DAY,
	  "summaries of flows and of database files read, to sinks with flows: true, this often; "
	  "0s: none",
	  NULL },
	{ "export.flows_top", OPT_U32, AT(exports.flows_top), "50", 1, 500,
	  "flows listed in a summary, those that sent most; one record has all the others", NULL },

	{ "containers.sockets", OPT_STRING, AT(containers.sockets),
	  "docker:/run/docker.sock podman:/run/podman/podman.sock "
	  "cri:/run/containerd/containerd.sock cri:/run/crio/crio.sock",
	  0, 1000,
	  "container runtimes asked for names, images, pods and labels, as docker:, podman: or "
	  "cri:PATH with blanks between; local sockets of root's only, one question a container; "
	  "empty: none; needs a restart",
	  NULL },
	{ "containers.labels", OPT_STRING, AT(containers.labels),
	  "app team owner service com.docker.compose.", 0, 1000,
	  "labels of containers shown with flows: those whose key begins with one of these; at "
	  "most 16 of a container; needs a restart",
	  NULL },

	{ "sessions.postgresql", OPT_STRING, AT(sessions.postgresql), "", 0, 1000,
	  "servers asked for pg_stat_activity: socket DIRECTORY[:PORT], HOST:PORT or [IPv6]:PORT, "
	  "with blanks between; all sessions.* need a restart",
	  NULL },
	{ "sessions.postgresql_user", OPT_STRING, AT(sessions.postgresql_user), "egressd", 1, 63,
	  "role to log in as, a member of pg_read_all_stats; it reads nothing else", NULL },
	{ "sessions.postgresql_password", OPT_STRING, AT(sessions.postgresql_password), "", 0, 1000,
	  "file with its password: an absolute path, or the name of a systemd credential", NULL },
	{ "sessions.mysql", OPT_STRING, AT(sessions.mysql), "", 0, 1000,
	  "MariaDB and MySQL servers asked for their process list: SOCKET, HOST:PORT", NULL },
	{ "sessions.mysql_user", OPT_STRING, AT(sessions.mysql_user), "egressd", 1, 63,
	  "account to log in as, with the privilege PROCESS and no other", NULL },
	{ "sessions.mysql_password", OPT_STRING, AT(sessions.mysql_password), "", 0, 1000,
	  "file with its password, as above", NULL },
	{ "sessions.redis", OPT_STRING, AT(sessions.redis), "", 0, 1000,
	  "Redis servers asked for CLIENT LIST: SOCKET, HOST:PORT", NULL },
	{ "sessions.redis_user", OPT_STRING, AT(sessions.redis_user), "", 0, 63,
	  "ACL user that may call CLIENT LIST and INFO; empty: the default user", NULL },
	{ "sessions.redis_password", OPT_STRING, AT(sessions.redis_password), "", 0, 1000,
	  "file with its password, as above", NULL },
	{ "sessions.interval", OPT_DURATION_MS, AT(sessions.interval_ms), "1s", 100, 3600000,
	  "time between two questions; a session shorter than that may be missed", NULL },
	{ "sessions.timeout", OPT_DURATION_MS, AT(sessions.timeout_ms), "3s", 100, 60000,
	  "a server that takes longer is left alone for a while", NULL },
	{ "destinations.learn_names", OPT_BOOL, AT(destinations.learn_names), "true", 0, 0,
	  "name peers as this host's DNS answers do; a small program sees each packet that comes "
	  "in (docs/identity.md says what it costs); needs a restart",
	  NULL },
	{ "destinations.reverse_names", OPT_BOOL, AT(destinations.reverse_names), "false", 0, 0,
	  "ask a resolver for reverse names of peers; off, because the questions tell it whom this "
	  "host sends to; needs a restart",
	  NULL },
	{ "destinations.resolver", OPT_STRING, AT(destinations.resolver), "", 0, 100,
	  "whom to ask for reverse names, as ADDRESS or ADDRESS:PORT; empty: /etc/resolv.conf",
	  NULL },
	{ "destinations.databases", OPT_STRING, AT(destinations.databases),
	  "/var/lib/GeoIP/GeoLite2-ASN.mmdb:/var/lib/GeoIP/GeoLite2-Country.mmdb:"
	  "/usr/share/GeoIP/GeoLite2-ASN.mmdb:/usr/share/GeoIP/GeoLite2-Country.mmdb:"
	  "/var/lib/location/database.db",
	  0, 4000,
	  "files that give the AS and country of public addresses, MaxMind's format or IPFire's, "
	  "with : between, at most 8; what is not there is left out",
	  NULL },

	{ "networks.names", OPT_STRING, AT(networks.names), "", 0, 65536,
	  "names for destinations, as NAME=ADDRESS or NAME=ADDRESS/BITS with blanks between "
	  "(backup=203.0.113.7 app=10.2.0.0/16); addresses of one name are judged as one "
	  "destination, the longest prefix decides; needs a restart",
	  NULL },
};
const size_t config_option_count = sizeof(config_options) / sizeof(config_options[0]);

const char config_default_path[] = "/etc/egressd/egressd.yaml";
