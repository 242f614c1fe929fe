/* SPDX-License-Identifier: Apache-2.0
 *
 * The hashing thread and its table; see exehash.h. The table is the queue: a slot is
 * free, waits, is being read, or has its answer; the oldest answer makes room.
 */
#include "enrich/exehash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/digest.h"

enum {
	SLOTS = 64,
	WAITING_MAX = 8, /* open files held at once */
	CHUNK_BYTES = 1 << 17,
	NICE_LOWEST = 19,
};

/* A program is rarely above 200 MB; a crafted sparse file may be any size. */
static const uint64_t bytes_max = 512u << 20;

enum slot_state { SLOT_FREE, SLOT_WAITS, SLOT_READS, SLOT_DONE, SLOT_FAILED };

struct slot {
	struct exehash_key key;
	enum slot_state state;
	uint64_t order; /* of asking */
	int fd;
	char hex[EXEHASH_HEX];
};

struct exehash {
	pthread_mutex_t lock;
	pthread_cond_t asked, answered;
	pthread_t thread;
	bool running, stop;
	uint64_t order;
	struct slot slots[SLOTS];
};

int exehash_new(struct exehash **ret)
{
	struct exehash *h = calloc(1, sizeof(*h));
	pthread_condattr_t attr;

	if (!h)
		return -ENOMEM;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->asked, &attr);
	pthread_cond_init(&h->answered, &attr);
	pthread_condattr_destroy(&attr);
	*ret = h;
	return 0;
}

static bool stopping(struct exehash *h)
{
	bool stop;

	pthread_mutex_lock(&h->lock);
	stop = h->stop;
	pthread_mutex_unlock(&h->lock);
	return stop;
}

static int read_all(struct exehash *h, int fd, struct digest *digest)
{
	static const size_t size = CHUNK_BYTES;
	char *chunk _cleanup_free_ = malloc(size);
	uint64_t at = 0;

	while (chunk && at < bytes_max && !stopping(h)) {
		ssize_t n = pread(fd, chunk, size, (off_t)at);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || digest_add(digest, chunk, (size_t)n) < 0)
			return -EIO;
		at += (uint64_t)n;
	}
	return -EFBIG;
}

static int hash_file(struct exehash *h, int fd, char hex[EXEHASH_HEX])
{
	struct digest *digest;
	unsigned char sum[DIGEST_BYTES];
	int err = digest_new(&digest);

	if (err)
		return err;
	err = read_all(h, fd, digest);
	if (!err)
		err = digest_end(digest, sum);
	digest_free(digest);
	for (unsigned int i = 0; !err && i < DIGEST_BYTES; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", sum[i]);
	return err;
}

/* Of those in the state, the one asked for first. */
static struct slot *oldest(struct exehash *h, enum slot_state state)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < SLOTS; i++)
		if (h->slots[i].state == state && (!best || h->slots[i].order < best->order))
			best = &h->slots[i];
	return best;
}

static void *work(void *ctx)
{
	struct exehash *h = ctx;
	char hex[EXEHASH_HEX];
	struct slot *s;

	(void)setpriority(PRIO_PROCESS, 0, NICE_LOWEST); /* of this thread, on Linux */
	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		s = oldest(h, SLOT_WAITS);
		if (!s) {
			pthread_cond_wait(&h->asked, &h->lock);
			continue;
		}
		s->state = SLOT_READS;
		pthread_mutex_unlock(&h->lock);
		memset(hex, 0, sizeof(hex));
		int err = hash_file(h, s->fd, hex);
		pthread_mutex_lock(&h->lock);
		memcpy(s->hex, hex, sizeof(s->hex));
		close(s->fd);
		s->fd = -1;
		s->state = err ? SLOT_FAILED : SLOT_DONE;
		pthread_cond_broadcast(&h->answered);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Signals are the main thread's. */
static bool run(struct exehash *h)
{
	sigset_t all, before;

	if (h->running)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	h->running = pthread_create(&h->thread, NULL, work, h) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return h->running;
}

void exehash_free(struct exehash *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_broadcast(&h->asked);
	pthread_mutex_unlock(&h->lock);
	if (h->running)
		pthread_join(h->thread, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		if (h->slots[i].state == SLOT_WAITS)
			close(h->slots[i].fd);
	pthread_cond_destroy(&h->asked);
	pthread_cond_destroy(&h->answered);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static struct slot *find(struct exehash *h, const struct exehash_key *key)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (h->slots[i].state != SLOT_FREE &&
		    memcmp(&h->slots[i].key, key, sizeof(*key)) == 0)
			return &h->slots[i];
	return NULL;
}

static struct slot *make_room(struct exehash *h)
{
	struct slot *s = oldest(h, SLOT_FREE);

	if (!s)
		s = oldest(h, SLOT_FAILED);
	return s ? s : oldest(h, SLOT_DONE);
}

static int enqueue(struct exehash *h, int fd, const struct exehash_key *key)
{
	size_t waiting = 0;
	struct slot *s;
	int copy;

	for (size_t i = 0; i < SLOTS; i++)
		waiting += h->slots[i].state == SLOT_WAITS;
	s = waiting < WAITING_MAX ? make_room(h) : NULL;
	if (!s)
		return -EBUSY;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -errno;
	*s = (struct slot){ .key = *key, .state = SLOT_WAITS, .order = ++h->order, .fd = copy };
	pthread_cond_signal(&h->asked);
	return 0;
}

static uint64_t nanoseconds(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

int exehash_ask(struct exehash *h, int fd, struct exehash_key *ret)
{
	struct stat st;
	int err = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > bytes_max)
		return -EFBIG;
	*ret = (struct exehash_key){ st.st_dev, st.st_ino, (uint64_t)st.st_size,
				     nanoseconds(&st.st_mtim), nanoseconds(&st.st_ctim) };
	if (!run(h))
		return -EAGAIN;
	pthread_mutex_lock(&h->lock);
	if (!find(h, ret))
		err = enqueue(h, fd, ret);
	pthread_mutex_unlock(&h->lock);
	return err;
}

int exehash_get(struct exehash *h, const struct exehash_key *key, unsigned int wait_us,
		char ret[EXEHASH_HEX])
{
	struct timespec until;
	const struct slot *s;
	int err = -ENOENT;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)wait_us * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&h->lock);
	s = find(h, key);
	while (s && wait_us && (s->state == SLOT_WAITS || s->state == SLOT_READS) &&
	       pthread_cond_timedwait(&h->answered, &h->lock, &until) == 0)
		s = find(h, key);
	if (s && s->state == SLOT_DONE) {
		memcpy(ret, s->hex, EXEHASH_HEX);
		err = 0;
	} else if (s && s->state != SLOT_FAILED) {
		err = -EAGAIN;
	}
	pthread_mutex_unlock(&h->lock);
	return err;
}
