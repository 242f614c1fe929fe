/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file`, brought up and taken off aside: loading takes some 0.1 s, attaching to and
 * leaving the exit of system calls up to as much again, and the loop has a tick each second.
 * The thread works on a collector of its own, `other`: the group's objects move into it
 * before, and objects, maps and links out of it after. It pins nothing, so a daemon that is
 * killed meanwhile leaves nothing behind.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>

#include "base/cleanup.h"
#include "collect/private.h"

static bool is_attached(const struct collect *c)
{
	for (size_t i = 0; i < c->link_count; i++)
		if (!strncmp(c->links[i].name, "file_", 5))
			return true;
	return false;
}

/* Descriptors of maps are lent: `other` closes none. */
static struct collect *other_new(const struct collect *c)
{
	struct collect *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->lock_fd = -1;
	o->force_rung = c->force_rung;
	o->facts = c->facts;
	o->plan = c->plan;
	memcpy(o->map_fd, c->map_fd, sizeof(o->map_fd));
	o->max_flows = c->max_flows;
	o->cpu_count = c->cpu_count;
	o->objects.force_rung = c->objects.force_rung;
	return o;
}

static void objects_move(struct collect *to, struct collect *from)
{
	to->objects.file = TAKE_PTR(from->objects.file);
	to->objects.file_fs = TAKE_PTR(from->objects.file_fs);
}

/* Not there yet, or taken over running from a daemon that had loaded it. */
static int load(struct collect *o)
{
	if (o->objects.file)
		return 0;
	o->facts.file_later = false;
	file_facts(&o->facts, o->force_rung, &o->objects, o);
	plan_make(&o->facts, o->force_rung, &o->plan);
	return o->plan.rung[PLAN_FILE] == RUNG_MISSING ? -ENOTSUP : 0;
}

static int attach(struct collect *o)
{
	const char *names[FILE_PROGRAMS];
	int r = o->plan.rung[PLAN_FILE] == RUNG_FEXIT ? file_fs_attach(o) : 0;

	file_programs(o, names);
	for (int i = 0; r == 0 && i < FILE_PROGRAMS; i++)
		if (names[i])
			r = link_attach(o, objects_file_program(&o->objects, names[i]), NULL);
	return r;
}

/* In the thread. */
static void bring_up(void *ctx)
{
	struct collect *o = ctx;
	int r = load(o);

	if (r == 0)
		r = attach(o);
	if (r < 0)
		links_close(o);
	o->aside.result = r;
	(void)malloc_trim(0); /* the kernel's type information */
}

/* In the thread. */
static void take_off(void *ctx)
{
	links_close(ctx);
}

/* True when a thread is at it; else it has been done here. */
static bool send_out(struct collect *c, struct collect *other, bool takes_off)
{
	void (*work)(void *ctx) = takes_off ? take_off : bring_up;

	c->aside.other = other;
	c->aside.takes_off = takes_off;
	c->aside.back = errand_start(&c->aside.errand, work, other) < 0;
	if (c->aside.back)
		work(other);
	return !c->aside.back;
}

/* What `other` has besides links is ours again. */
static struct collect *take_back(struct collect *c)
{
	struct collect *o = TAKE_PTR(c->aside.other);

	if (c->aside.takes_off)
		return o;
	c->facts = o->facts;
	c->plan = o->plan;
	memcpy(c->map_fd, o->map_fd, sizeof(c->map_fd));
	objects_move(c, o);
	return o;
}

/* Has the links that `other` has taken off, and is rid of it. */
static void send_off(struct collect *c, struct collect *other)
{
	if (!other->link_count)
		free(other);
	else if (!send_out(c, other, true))
		free(take_back(c));
}

/* Maps before links: links without maps could not be adopted. */
static int links_pin(struct collect *c, struct collect *o)
{
	int r = c->pin_dir ? maps_pin(c) : 0;

	if (r == 0)
		r = file_start(c);
	if (r == 0)
		r = links_take(c, o);
	if (r == 0 && !file_trial(c))
		r = -EIO;
	if (r < 0)
		links_give(c, "file_", o);
	return r;
}

static int brought_up(struct collect *c)
{
	struct collect *o = take_back(c);
	int r = o->aside.result;

	rungs_fill(c);
	if (r == 0)
		r = links_pin(c, o);
	send_off(c, o);
	return r;
}

static bool is_back(struct collect *c)
{
	c->aside.back |= errand_ended(&c->aside.errand);
	return c->aside.back;
}

/* Finishes what is out. */
static int settle_aside(struct collect *c)
{
	if (!c->aside.other)
		return 0;
	if (!is_back(c))
		return -EINPROGRESS;
	if (!c->aside.takes_off)
		return brought_up(c);
	free(take_back(c));
	return 0;
}

int file_settle(struct collect *c, bool wanted)
{
	struct collect *other;
	int r = settle_aside(c);

	if (r < 0 || !wanted || is_attached(c))
		return r;
	if (c->plan.rung[PLAN_FILE] == RUNG_MISSING)
		return -ENOTSUP;
	other = other_new(c);
	if (!other)
		return -ENOMEM;
	objects_move(other, c);
	return send_out(c, other, false) ? -EINPROGRESS : brought_up(c);
}

void file_leave(struct collect *c)
{
	struct collect *other;

	if (!is_attached(c))
		return;
	other = other_new(c);
	if (!other) {
		links_drop(c, "file_");
		return;
	}
	links_give(c, "file_", other);
	send_off(c, other);
}

bool collect_watch_again(struct collect *c)
{
	bool asked = c->aside.asked;

	if (!c->aside.other || !is_back(c))
		return false;
	if (c->aside.takes_off)
		free(take_back(c));
	return asked;
}

int collect_watch_fd(const struct collect *c)
{
	return c->aside.errand.fd;
}

void file_aside_close(struct collect *c)
{
	errand_close(&c->aside.errand);
	if (c->aside.other) {
		struct collect *o = take_back(c);

		links_close(o);
		free(o);
	}
}
