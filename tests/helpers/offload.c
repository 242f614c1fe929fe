/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the stack cut segments itself before it gives packets to a device (`off`), as
 * a device without that ability has it: then the device's counters are exact in
 * headers too. The stack still carries large buffers to that point.
 *
 *   offload DEV off|on
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FEATURES_MAX = 256, WORDS = FEATURES_MAX / 32 };

static int ask(int fd, const char *dev, void *request)
{
	struct ifreq ifr = { .ifr_data = request };

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

/* tx-tcp-segmentation, tx-udp-segmentation and their like */
static int is_segmentation(const char *name)
{
	return !strncmp(name, "tx-", 3) && strstr(name, "-segmentation") != NULL;
}

/* The number of a device's features, at most FEATURES_MAX; 0 when it cannot tell. */
static unsigned int feature_count(int fd, const char *dev)
{
	union {
		struct ethtool_sset_info head;
		char room[sizeof(struct ethtool_sset_info) + sizeof(__u32)];
	} set = { .head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES } };
	__u32 count;

	if (ask(fd, dev, &set))
		return 0;
	memcpy(&count, set.room + offsetof(struct ethtool_sset_info, data), sizeof(count));
	return count <= FEATURES_MAX ? count : 0;
}

/* 0, or 1 with the reason told. */
static int offload(int fd, const char *dev, int on, struct ethtool_gstrings *names,
		   struct ethtool_sfeatures *wanted)
{
	unsigned int count = feature_count(fd, dev);

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = count;
	wanted->cmd = ETHTOOL_SFEATURES;
	wanted->size = (count + 31) / 32;
	if (!count || ask(fd, dev, names)) {
		perror("offload: features");
		return 1;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (!is_segmentation((const char *)names->data + i * ETH_GSTRING_LEN))
			continue;
		wanted->features[i / 32].valid |= 1U << i % 32;
		if (on)
			wanted->features[i / 32].requested |= 1U << i % 32;
	}
	if (ask(fd, dev, wanted) < 0) {
		perror("offload: set");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ethtool_gstrings *names =
		calloc(1, sizeof(*names) + (size_t)FEATURES_MAX * ETH_GSTRING_LEN);
	struct ethtool_sfeatures *wanted =
		calloc(1, sizeof(*wanted) + WORDS * sizeof(wanted->features[0]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0), status = 1;

	if (argc == 3 && fd >= 0 && names && wanted)
		status = offload(fd, argv[1], !strcmp(argv[2], "on"), names, wanted);
	else
		fprintf(stderr, "usage: offload DEV off|on\n");
	free(names);
	free(wanted);
	if (fd >= 0)
		close(fd);
	return status;
}
