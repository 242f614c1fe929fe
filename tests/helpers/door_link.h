/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors below IP: AF_PACKET, AF_XDP, and a program that writes packets into a tun
 * device for this host to forward. Frames carry an ethertype for experiments.
 */
#ifndef TESTS_DOOR_LINK_H
#define TESTS_DOOR_LINK_H

#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>

#include "door.h"

enum {
	FRAME = 2048,
	FRAMES = 8,
	FRAME_BYTES = 1000,
	XDP_OFF_DATA = 256, /* of a frame in the memory the kernel and we share */
	EXPERIMENT = 0x88b5,
};

static inline void frame_begin(char *frame)
{
	struct ether_header *e = (struct ether_header *)frame;

	memset(e->ether_dhost, 0xff, sizeof(e->ether_dhost));
	e->ether_type = htons(EXPERIMENT);
}

static inline int packet_socket(const struct target *t, int type)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(t->dev) };
	int fd = socket(AF_PACKET, type, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : fd;
}

static int packet_open(const struct target *t)
{
	return packet_socket(t, SOCK_RAW);
}

static int packet_dgram_open(const struct target *t)
{
	return packet_socket(t, SOCK_DGRAM);
}

static ssize_t one_frame(int fd, const struct target *t, size_t len)
{
	char frame[FRAME_BYTES] = { 0 };

	(void)t;
	frame_begin(frame);
	return send(fd, frame, len, 0);
}

static long packet_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, FRAME_BYTES, one_frame);
}

/* The kernel writes the link header; what the call accepts is without it. */
static ssize_t one_headless(int fd, const struct target *t, size_t len)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_protocol = htons(EXPERIMENT),
				 .sll_ifindex = (int)if_nametoindex(t->dev),
				 .sll_halen = ETH_ALEN };

	memset(a.sll_addr, 0xff, ETH_ALEN);
	return sendto(fd, bytes, len, 0, (struct sockaddr *)&a, sizeof(a));
}

static long packet_dgram_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, FRAME_BYTES, one_headless);
}

/* Frames in shared memory; one empty send() pushes them all. */
static long packet_ring(int fd, const struct target *t, long size)
{
	struct tpacket_req req = { .tp_block_size = FRAME * FRAMES,
				   .tp_block_nr = 1,
				   .tp_frame_size = FRAME,
				   .tp_frame_nr = FRAMES };
	long sent = 0;
	char *ring;

	(void)t;
	if (setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)))
		return -errno;
	ring = mmap(NULL, FRAME * FRAMES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	while (sent < size) {
		ssize_t n;

		for (int i = 0; i < FRAMES; i++) {
			struct tpacket_hdr *h = (struct tpacket_hdr *)(ring + i * FRAME);

			frame_begin((char *)h + TPACKET_HDRLEN - sizeof(struct sockaddr_ll));
			h->tp_len = FRAME_BYTES;
			h->tp_status = TP_STATUS_SEND_REQUEST;
		}
		n = send(fd, NULL, 0, 0);
		if (n <= 0)
			return n ? -errno : -EIO;
		sent += n;
	}
	return sent;
}

/* --- AF_XDP ------------------------------------------------------------------ */

static inline char *xdp_map(int fd, uint64_t pages, uint64_t desc, size_t each)
{
	char *p = mmap(NULL, desc + FRAMES * each, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, (off_t)pages);

	return p == MAP_FAILED ? NULL : p;
}

static int xdp_open(const struct target *t)
{
	char *memory = mmap(NULL, FRAME * FRAMES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xdp_umem_reg reg = { .addr = (uintptr_t)memory,
				    .len = FRAME * FRAMES,
				    .chunk_size = FRAME };
	struct sockaddr_xdp a = { .sxdp_family = AF_XDP,
				  .sxdp_flags = XDP_COPY,
				  .sxdp_ifindex = if_nametoindex(t->dev) };
	int fd = socket(AF_XDP, SOCK_RAW, 0), n = FRAMES;

	for (int i = 0; i < FRAMES; i++)
		frame_begin(memory + i * FRAME + XDP_OFF_DATA);
	if (fd < 0 || setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ||
	    setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &n, sizeof(n)) ||
	    setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &n, sizeof(n)) ||
	    setsockopt(fd, SOL_XDP, XDP_TX_RING, &n, sizeof(n)) ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	return fd;
}

/* All frames, kicked and awaited, again and again. */
static long xdp_send(int fd, const struct target *t, long size)
{
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	char *tx, *done;
	uint32_t *produced, *completed, *taken;
	long sent = 0;

	(void)t;
	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		return -errno;
	tx = xdp_map(fd, XDP_PGOFF_TX_RING, off.tx.desc, sizeof(struct xdp_desc));
	done = xdp_map(fd, XDP_UMEM_PGOFF_COMPLETION_RING, off.cr.desc, sizeof(uint64_t));
	if (!tx || !done)
		return -errno;
	produced = (uint32_t *)(tx + off.tx.producer);
	completed = (uint32_t *)(done + off.cr.producer);
	taken = (uint32_t *)(done + off.cr.consumer);
	while (sent < size) {
		for (uint32_t i = 0; i < FRAMES; i++)
			((struct xdp_desc *)(tx + off.tx.desc))[(*produced + i) % FRAMES] =
				(struct xdp_desc){ .addr = i * FRAME + XDP_OFF_DATA,
						   .len = FRAME_BYTES };
		__atomic_store_n(produced, *produced + FRAMES, __ATOMIC_RELEASE);
		while (__atomic_load_n(completed, __ATOMIC_ACQUIRE) - *taken < FRAMES)
			if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
			    errno != EBUSY && errno != ENOBUFS)
				return -errno;
		__atomic_store_n(taken, *taken + FRAMES, __ATOMIC_RELEASE);
		sent += FRAMES * FRAME_BYTES;
	}
	return sent;
}

/* --- tun ----------------------------------------------------------------------- */

static int tun_open(const struct target *t)
{
	struct ifreq ifr = { .ifr_name = "tunw%d" };
	int fd = open("/dev/net/tun", O_RDWR), s = socket(AF_INET, SOCK_DGRAM, 0);

	(void)t;
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (fd < 0 || s < 0 || ioctl(fd, TUNSETIFF, &ifr))
		return -errno;
	ifr.ifr_flags = IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &ifr))
		return -errno;
	close(s);
	return fd;
}

static ssize_t one_inject(int fd, const struct target *t, size_t len)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		char body[FRAME_BYTES];
	} p = { .ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.saddr = htonl(0xc6336407), /* 198.51.100.7 */
			.daddr = t->to.v4.sin_addr.s_addr },
		.udp = { .source = htons(4000), .dest = t->to.v4.sin_port } };
	uint16_t words[10];
	uint32_t sum = 0;

	p.udp.len = htons((uint16_t)(sizeof(p.udp) + len));
	p.ip.tot_len = htons((uint16_t)(sizeof(p.ip) + sizeof(p.udp) + len));
	memcpy(words, &p.ip, sizeof(words));
	for (int i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	p.ip.check = (uint16_t) ~(sum + (sum >> 16));
	return write(fd, &p, sizeof(p.ip) + sizeof(p.udp) + len) < 0 ? -1 : (ssize_t)len;
}

static long tun_write(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, FRAME_BYTES, one_inject);
}

#endif
