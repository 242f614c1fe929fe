/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel offers, as facts: those that need no program are found here, the
 * others by probe.h. No decision is taken.
 */
#ifndef COLLECT_FACTS_H
#define COLLECT_FACTS_H

#include <stdbool.h>
#include <stddef.h>

/* Unknown is a value of its own: not asked, or the answer could not be had. */
enum fact { FACT_UNKNOWN = 0, FACT_NO, FACT_YES };

struct facts {
	enum fact btf;             /* /sys/kernel/btf/vmlinux is there */
	enum fact privilege;       /* bpf(2) is allowed to us */
	enum fact bpffs;           /* pins are possible */
	enum fact cgroup2;         /* a cgroup v2 mount was found */
	enum fact egress_task_btf; /* egress program with typed task pointers loads */
	enum fact egress;          /* ... with probe reads instead */
	enum fact cgroup_attach;   /* and may be attached to the root */
	enum fact inet_tp_btf;     /* or, without: results of send calls on IP sockets, typed */
	enum fact inet_tracepoint; /* ... classic */
	enum fact task_file_iter;  /* sockets that are already open can be found */
	enum fact task_file_ports; /* or at least the ports that listen */
	enum fact send_tp_btf;     /* sock:sock_send_length as tp_btf */
	enum fact send_tracepoint; /* ... as a classic tracepoint */
	enum fact send_fexit;      /* the families' send functions, at their end */
	enum fact send_kprobe;     /* ... at their beginning */
	enum fact preemptible;     /* typed tracepoints may be skipped under preemption (7.0) */
	enum fact life_tp_btf;     /* exec and exit */
	enum fact life_tracepoint;
	enum fact file_tp_btf; /* reads: exit of system calls, typed */
	enum fact file_tracepoint;
	enum fact file_fexit;  /* or the file systems' own functions, at their end */
	enum fact file_uring;  /* ... and completions of io_uring */
	enum fact file_mapped; /* ... and faults on mapped files */
	int egress_error;      /* negative errno of the load or attach that failed */
	int send_error, life_error, file_error;
	bool egress_adopted, send_adopted, life_adopted,
		file_adopted; /* pinned and running: not probed */
	bool file_later;      /* asked when there is something to watch */
	char cgroup_root[256];
	bool cgroup_given; /* cgroup_root was asked for, not found */
	int cgroup_fd;     /* of a mount of our own that cgroup_root leads to; 0: none */
	char release[64];  /* for messages only, decides nothing */
};

/* What needs no program: BTF, privilege, cgroup v2. cgroup_root NULL: find it. */
void facts_basic(struct facts *f, const char *cgroup_root);
void facts_close(struct facts *f);

#endif
