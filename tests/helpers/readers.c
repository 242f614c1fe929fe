/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads one file by one method and says how many bytes the calls returned: the truth
 * that tests/system/files compares with.
 *   readers METHOD FILE    prints `read N CALLS`, then waits for a line on standard input
 * A machine that cannot do the method prints `cannot REASON`.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 65536
#define ODD 4099 /* a size no page or block ends at */

struct sum {
	uint64_t bytes, calls;
};

static char *page; /* CHUNK bytes, aligned, below 4 GB where that is possible */

static void cannot(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(0);
}

static int take(struct sum *s, long n)
{
	if (n > 0) {
		s->bytes += (uint64_t)n;
		s->calls++;
	}
	return n > 0;
}

static void do_read(int fd, struct sum *s)
{
	while (take(s, read(fd, page, ODD)))
		;
}

static void do_pread(int fd, struct sum *s)
{
	while (take(s, pread(fd, page, ODD, (off_t)s->bytes)))
		;
}

static void do_readv(int fd, struct sum *s)
{
	struct iovec v[3] = { { page, 7 }, { page + 8, ODD }, { page + CHUNK / 2, 1000 } };

	while (take(s, readv(fd, v, 3)))
		;
}

static void do_preadv(int fd, struct sum *s)
{
	struct iovec v[2] = { { page, 7 }, { page + 8, ODD } };

	while (take(s, preadv(fd, v, 2, (off_t)s->bytes)))
		;
}

static void do_preadv2(int fd, struct sum *s)
{
	struct iovec v[2] = { { page, 7 }, { page + 8, ODD } };

	while (take(s, preadv2(fd, v, 2, (off_t)s->bytes, RWF_HIPRI)))
		;
}

static void do_sendfile(int fd, struct sum *s)
{
	int out = open("/dev/null", O_WRONLY);

	while (take(s, sendfile(out, fd, NULL, 10 * ODD)))
		;
}

static void do_splice(int fd, struct sum *s)
{
	int out = open("/dev/null", O_WRONLY), p[2];
	long n;

	if (pipe(p))
		cannot("pipe");
	while (take(s, n = splice(fd, NULL, p[1], NULL, ODD, 0)))
		if (splice(p[0], NULL, out, NULL, (size_t)n, 0) != n)
			cannot("splice to /dev/null");
}

static void do_copy_file_range(int fd, struct sum *s)
{
	const char *dir = getenv("TMPDIR"); /* older kernels copy within one file system only */
	char path[256];
	int out;

	snprintf(path, sizeof(path), "%s/readers-XXXXXX", dir ? dir : "/var/tmp");
	out = mkstemp(path);
	if (out < 0)
		cannot(path);
	unlink(path);
	while (take(s, copy_file_range(fd, NULL, out, NULL, 10 * ODD, 0)))
		;
	if (!s->bytes)
		cannot("copy_file_range");
}

static void do_direct(int fd, struct sum *s)
{
	if (fcntl(fd, F_SETFL, O_DIRECT))
		cannot("O_DIRECT");
	while (take(s, pread(fd, page, CHUNK, (off_t)s->bytes)) && s->bytes % 4096 == 0)
		;
}

/* Every page once, in order. What is counted are ranges, at least these pages. */
static void do_mmap(int fd, struct sum *s)
{
	off_t size = lseek(fd, 0, SEEK_END);
	volatile char *p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		cannot("mmap");
	for (off_t at = 0; at < size; at += 4096) {
		(void)p[at];
		s->bytes += 4096;
	}
}

static void do_failing(int fd, struct sum *s)
{
	volatile uintptr_t nowhere = 8;

	(void)s;
	if (pread(fd, (void *)nowhere, 100, 0) != -1 || pread(fd, page, 100, 1LL << 40) != 0)
		cannot("fail");
}

static void do_dup(int fd, struct sum *s)
{
	do_read(dup2(fd, 900), s);
}

struct job {
	int fd;
	struct sum sum;
};

static void *thread_main(void *ctx)
{
	struct job *j = ctx;
	char bytes[ODD];

	while (take(&j->sum, pread(j->fd, bytes, sizeof(bytes), (off_t)j->sum.bytes)))
		;
	return NULL;
}

static void do_threads(int fd, struct sum *s)
{
	struct job jobs[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){ .fd = fd };
		if (pthread_create(&threads[i], NULL, thread_main, &jobs[i]))
			cannot("threads");
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		s->bytes += jobs[i].sum.bytes;
		s->calls += jobs[i].sum.calls;
	}
}

/* The child reads and goes; the parent has read nothing. */
static void do_child(int fd, struct sum *s)
{
	pid_t pid = fork();

	if (pid == 0) {
		do_read(fd, s);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

#ifdef __x86_64__
static long call32(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

/* As a 32-bit program does; its number of lseek is 64-bit readv's, its result no read. */
static void do_compat(int fd, struct sum *s)
{
	long n;

	if (call32(20, 0, 0, 0) != getpid())
		cannot("32-bit calls");
	if (call32(19, fd, ODD, SEEK_SET) != ODD || call32(19, fd, 0, SEEK_SET) != 0)
		cannot("lseek");
	while ((n = call32(3, fd, (long)page, ODD)) > 0)
		take(s, n);
}
#endif

/* --- Linux AIO, without a library -------------------------------------------------- */

/* Some requests a call; of each the result, which is all that counts. */
static void aio_read(int fd, struct sum *s, int vectored, int direct)
{
	enum { BATCH = 5 };
	aio_context_t ctx = 0;
	struct io_event events[BATCH];
	struct iocb blocks[BATCH], *list[BATCH];
	struct iovec v[2] = { { page, 4096 }, { page + 4096, direct ? 4096 : 100 } };
	uint64_t at = 0, step = vectored ? v[0].iov_len + v[1].iov_len : direct ? 8192 : ODD;
	int more = 1;

	if (direct && fcntl(fd, F_SETFL, O_DIRECT))
		cannot("O_DIRECT");
	if (syscall(__NR_io_setup, BATCH, &ctx))
		cannot("io_setup");
	while (more) {
		for (int i = 0; i < BATCH; i++) {
			blocks[i] =
				(struct iocb){ .aio_fildes = (uint32_t)fd,
					       .aio_offset = (int64_t)(at + (uint64_t)i * step) };
			blocks[i].aio_lio_opcode = vectored ? IOCB_CMD_PREADV : IOCB_CMD_PREAD;
			blocks[i].aio_buf = (uint64_t)(uintptr_t)(vectored ? (void *)v : page);
			blocks[i].aio_nbytes = vectored ? 2 : step;
			list[i] = &blocks[i];
		}
		if (syscall(__NR_io_submit, ctx, BATCH, list) != BATCH ||
		    syscall(__NR_io_getevents, ctx, BATCH, BATCH, events, NULL) != BATCH)
			cannot("io_submit");
		for (int i = 0; i < BATCH; i++)
			more &= take(s, events[i].res);
		at += BATCH * step;
	}
}

static void do_aio(int fd, struct sum *s)
{
	aio_read(fd, s, 0, 0);
}

static void do_aio_vector(int fd, struct sum *s)
{
	aio_read(fd, s, 1, 0);
}

static void do_aio_direct(int fd, struct sum *s)
{
	aio_read(fd, s, 0, 1);
}

static void do_aio_direct_vector(int fd, struct sum *s)
{
	aio_read(fd, s, 1, 1);
}

/* --- io_uring, without a library ------------------------------------------------- */

struct ring {
	int fd;
	uint32_t *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static struct ring ring_open(uint32_t flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 50 };
	struct ring r = { .fd = (int)syscall(__NR_io_uring_setup, 8, &p) };
	char *sq, *cq;

	if (r.fd < 0)
		cannot("io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, IORING_OFF_CQ_RING);
	r.sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
		      MAP_SHARED, r.fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)r.sqes == MAP_FAILED)
		cannot("mmap of the ring");
	r.sq_tail = (uint32_t *)(void *)(sq + p.sq_off.tail);
	r.sq_mask = (uint32_t *)(void *)(sq + p.sq_off.ring_mask);
	r.sq_array = (uint32_t *)(void *)(sq + p.sq_off.array);
	r.cq_head = (uint32_t *)(void *)(cq + p.cq_off.head);
	r.cq_tail = (uint32_t *)(void *)(cq + p.cq_off.tail);
	r.cq_mask = (uint32_t *)(void *)(cq + p.cq_off.ring_mask);
	r.cqes = (struct io_uring_cqe *)(void *)(cq + p.cq_off.cqes);
	return r;
}

static int ring_do(struct ring *r, const struct io_uring_sqe *sqe, uint32_t enter)
{
	uint32_t tail = *r->sq_tail, at = tail & *r->sq_mask;
	int res;

	r->sqes[at] = *sqe;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, r->fd, 1, 1, enter | IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		cannot("io_uring_enter");
	while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == *r->cq_head)
		;
	res = r->cqes[*r->cq_head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
	return res;
}

static void ring_read(int fd, struct sum *s, uint8_t opcode, uint8_t flags, uint32_t setup)
{
	struct ring r = ring_open(setup);
	struct iovec v = { page, ODD };
	struct io_uring_sqe sqe = { .opcode = opcode, .flags = flags, .fd = fd, .len = ODD };
	int n;

	sqe.addr = (uint64_t)(uintptr_t)(opcode == IORING_OP_READV ? (void *)&v : page);
	if (opcode == IORING_OP_READV)
		sqe.len = 1;
	v.iov_len = opcode == IORING_OP_READ_FIXED ? CHUNK : ODD;
	if (opcode == IORING_OP_READ_FIXED) {
		v.iov_base = page;
		if (syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, &v, 1))
			cannot("registered buffers");
	}
	if (flags & IOSQE_FIXED_FILE) {
		if (syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_FILES, &fd, 1))
			cannot("registered files");
		sqe.fd = 0;
	}
	do {
		sqe.off = s->bytes;
		n = ring_do(&r, &sqe, setup & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0);
		if (n < 0) {
			errno = -n;
			cannot("io_uring read");
		}
	} while (take(s, n));
}

static void do_uring_read(int fd, struct sum *s)
{
	ring_read(fd, s, IORING_OP_READ, 0, 0);
}

static void do_uring_readv(int fd, struct sum *s)
{
	ring_read(fd, s, IORING_OP_READV, 0, 0);
}

static void do_uring_fixed(int fd, struct sum *s)
{
	ring_read(fd, s, IORING_OP_READ_FIXED, IOSQE_FIXED_FILE, 0);
}

static void do_uring_async(int fd, struct sum *s)
{
	ring_read(fd, s, IORING_OP_READ, IOSQE_ASYNC, 0);
}

static void do_uring_sqpoll(int fd, struct sum *s)
{
	ring_read(fd, s, IORING_OP_READ, 0, IORING_SETUP_SQPOLL);
}

static void do_uring_direct(int fd, struct sum *s)
{
	struct ring r = ring_open(0);
	struct io_uring_sqe sqe = { .opcode = IORING_OP_READ, .fd = fd, .len = CHUNK };

	if (fcntl(fd, F_SETFL, O_DIRECT))
		cannot("O_DIRECT");
	sqe.addr = (uint64_t)(uintptr_t)page;
	while (sqe.off = s->bytes, take(s, ring_do(&r, &sqe, 0)) && s->bytes % 4096 == 0)
		;
}

static void do_uring_splice(int fd, struct sum *s)
{
	struct ring r = ring_open(0);
	struct io_uring_sqe sqe = { .opcode = IORING_OP_SPLICE, .len = ODD, .splice_fd_in = fd };
	int out = open("/dev/null", O_WRONLY), p[2], n;

	if (pipe(p))
		cannot("pipe");
	sqe.fd = p[1];
	sqe.off = UINT64_MAX;
	while (sqe.splice_off_in = s->bytes, take(s, n = ring_do(&r, &sqe, 0)))
		if (splice(p[0], NULL, out, NULL, (size_t)n, 0) != n)
			cannot("splice to /dev/null");
}

static const struct method {
	const char *name;
	void (*run)(int fd, struct sum *s);
} methods[] = {
	{ "read", do_read },
	{ "pread", do_pread },
	{ "readv", do_readv },
	{ "preadv", do_preadv },
	{ "preadv2", do_preadv2 },
	{ "sendfile", do_sendfile },
	{ "splice", do_splice },
	{ "copy_file_range", do_copy_file_range },
	{ "direct", do_direct },
	{ "mmap", do_mmap },
	{ "failing", do_failing },
	{ "dup", do_dup },
	{ "threads", do_threads },
	{ "child", do_child },
#ifdef __x86_64__
	{ "compat", do_compat },
#endif
	{ "aio", do_aio },
	{ "aio_vector", do_aio_vector },
	{ "aio_direct", do_aio_direct },
	{ "aio_direct_vector", do_aio_direct_vector },
	{ "uring_read", do_uring_read },
	{ "uring_readv", do_uring_readv },
	{ "uring_fixed", do_uring_fixed },
	{ "uring_async", do_uring_async },
	{ "uring_sqpoll", do_uring_sqpoll },
	{ "uring_direct", do_uring_direct },
	{ "uring_splice", do_uring_splice },
};

int main(int argc, char **argv)
{
	struct sum s = { 0, 0 };
	int fd;

	if (argc != 3)
		return 2;
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cannot(argv[2]);
	page = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		    -1, 0);
	if (page == MAP_FAILED)
		cannot("memory");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, argv[1]))
			continue;
		methods[i].run(fd, &s);
		printf("read %ju %ju\n", (uintmax_t)s.bytes, (uintmax_t)s.calls);
		fflush(stdout);
		(void)!getchar();
		return 0;
	}
	fprintf(stderr, "no method %s\n", argv[1]);
	return 2;
}
