/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * The few kernel types our programs read, written by hand: only fields in use, in
 * any order, because preserve_access_index lets the loader place every access by the
 * running kernel's BTF. A field that some kernels lack stands in a type of its own
 * with a ___suffix and is asked for before it is read.
 */
#ifndef EGRESS_KERN_TYPES_H
#define EGRESS_KERN_TYPES_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
#ifndef NULL
#define NULL ((void *)0)
#endif
typedef unsigned long size_t;
typedef _Bool bool;
#define true 1
#define false 0

/* <linux/bpf.h> numbers that helpers and maps need. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1 << 0, BPF_F_CLONE = 1 << 9, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_SK_STORAGE_GET_F_CREATE = 1 };

/* Context of a cgroup_skb program: part of the kernel's user ABI, fixed offsets. */
struct bpf_sock {
	__u32 bound_dev_if, family, type, protocol, mark, priority;
	__u32 src_ip4, src_ip6[4], src_port;
	__be16 dst_port;
	__u16 pad;
	__u32 dst_ip4, dst_ip6[4], state;
	__s32 rx_queue_mapping;
};
struct __sk_buff {
	__u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
	__u32 priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
	__u32 data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	__u32 remote_port, local_port, data_meta;
	union {
		void *flow_keys;
		__u64 flow_keys_pad;
	};
	__u64 tstamp;
	__u32 wire_len, gso_segs;
	union {
		struct bpf_sock *sk;
		__u64 sk_pad;
	};
	__u32 gso_size;
	__u32 pad;
};

/* The layout here is not the kernel's, so holes mean nothing. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpadded"
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
	u64 net_cookie; /* 5.12 */
};
struct net___atomic {
	struct {
		long long counter;
	} net_cookie; /* until 5.11 */
};
typedef struct {
	struct net *net;
} possible_net_t;

struct kernfs_node {
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct css_set {
	struct cgroup *dfl_cgrp;
};
typedef struct {
	u32 val;
} kuid_t;
struct cred {
	kuid_t euid;
};
struct mm_struct {
	unsigned long arg_start, arg_end;
};
struct files_struct;
struct thread_info {
	u32 status; /* x86 */
};
struct task_struct {
	struct thread_info thread_info;
	struct files_struct *files;
	unsigned int flags;
	int pid, tgid;
	u64 start_boottime; /* real_start_time before 5.5 */
	struct task_struct *group_leader, *real_parent;
	const struct cred *cred;
	struct css_set *cgroups;
	struct mm_struct *mm;
	kuid_t loginuid; /* CONFIG_AUDIT */
	char comm[16];
};
struct linux_binprm {
	const char *filename;
};

struct sock;
struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	u16 skc_num;
	__be16 skc_dport;
	__be32 skc_daddr, skc_rcv_saddr;
	struct {
		u8 bytes[16];
	} skc_v6_daddr, skc_v6_rcv_saddr; /* CONFIG_IPV6 */
	possible_net_t skc_net;
};
struct sock_cgroup_data {
	struct cgroup *cgroup; /* 5.15; a tagged value before */
};
typedef struct {
	int owned;
} socket_lock_t;
struct proto_ops { /* until 6.4 */
	void *sendpage;
};
struct file;
struct socket {
	struct file *file; /* NULL: not open to programs */
	struct sock *sk;
};
struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	u16 sk_type;
	u16 sk_protocol;
	u8 sk_userlocks : 4; /* a whole byte in newer kernels */
	u8 sk_kern_sock : 1;
	unsigned int sk_allocation; /* how to get memory to send */
	struct sock_cgroup_data sk_cgrp_data;
	struct socket *sk_socket;
	void *sk_user_data; /* of who uses the socket inside the kernel */
};
struct inet_sock {
	struct sock sk;
	unsigned long inet_flags; /* 6.6 */
};
struct inet_sock___bits {
	u8 hdrincl : 1; /* until 6.5 */
};
struct inet_connection_sock {
	struct inet_sock icsk_inet;
};
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 write_seq, snd_una;
	u32 snd_nxt;    /* not yet raised by the packet being sent */
	u64 bytes_sent; /* raised already; payload only */
	u64 bytes_retrans;
	u64 bytes_acked; /* the connecting side's SYN counts as one, and so does a FIN */
};
struct tcp_sock___mptcp {
	bool is_mptcp; /* CONFIG_MPTCP */
};
struct unix_address;
struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
};
struct sockaddr_vm {
	unsigned int svm_port, svm_cid;
};
struct vsock_sock {
	struct sock sk;
	struct sockaddr_vm local_addr, remote_addr;
};
struct rtnl_link_ops {
	const char *kind;
};
struct net_device {
	unsigned short type;
	const struct rtnl_link_ops *rtnl_link_ops;
	possible_net_t nd_net;
};
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
};

struct pt_regs { /* x86-64 */
	unsigned long orig_ax, bx, cx, dx, si, di;
};
struct file;
struct inode___mode {
	unsigned short i_mode;
};
struct file___socket {
	struct inode___mode *f_inode;
	void *private_data;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct super_block {
	u32 s_dev;
};
struct inode {
	u16 i_mode;
	unsigned long i_ino;
	long long i_size;
	unsigned int i_nlink;
	u32 i_generation;
	struct super_block *i_sb;
	struct hlist_head i_dentry;
};
struct dentry {
	struct dentry *d_parent;
	struct inode *d_inode;
	struct hlist_node d_alias; /* 7.x: in a union without a name */
};
struct dentry___named {
	union {
		struct hlist_node d_alias;
	} d_u; /* before */
};
struct path {
	struct dentry *dentry;
};
struct file {
	struct inode *f_inode;
	struct path f_path;
};
struct kiocb {
	struct file *ki_filp;
	long long ki_pos;
	void *ki_complete;
	int ki_flags;
};
struct iov_iter {
	size_t count;
};
struct address_space {
	struct inode *host;
};
struct io_cqe {
	int res;
};
struct io_kiocb {
	struct file *file;
	u8 opcode;
	struct io_cqe cqe; /* 5.19 */
};
struct io_splice {
	int splice_fd_in;
	unsigned int flags;
};
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_map;
struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop
#pragma clang diagnostic pop

#endif
