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

int main(int argc, char **argv)
{
	static struct {
		struct ethtool_gstrings head;
		char names[FEATURES_MAX][ETH_GSTRING_LEN];
	} strings = { .head = { .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES } };
	static struct {
		struct ethtool_sset_info head;
		__u32 count;
	} set = { .head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES } };
	static struct {
		struct ethtool_sfeatures head;
		struct ethtool_set_features_block blocks[WORDS];
	} wanted = { .head = { .cmd = ETHTOOL_SFEATURES } };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 3 || fd < 0) {
		fprintf(stderr, "usage: offload DEV off|on\n");
		return 2;
	}
	if (ask(fd, argv[1], &set) || set.count > FEATURES_MAX) {
		perror("offload: features");
		return 1;
	}
	strings.head.len = set.count;
	wanted.head.size = (set.count + 31) / 32;
	if (ask(fd, argv[1], &strings)) {
		perror("offload: names");
		return 1;
	}
	for (unsigned int i = 0; i < set.count; i++) {
		if (!is_segmentation(strings.names[i]))
			continue;
		wanted.blocks[i / 32].valid |= 1U << i % 32;
		if (!strcmp(argv[2], "on"))
			wanted.blocks[i / 32].requested |= 1U << i % 32;
	}
	if (ask(fd, argv[1], &wanted) < 0) {
		perror("offload: set");
		return 1;
	}
	return 0;
}
