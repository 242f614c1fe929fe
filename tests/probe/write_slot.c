/* SPDX-License-Identifier: Apache-2.0
 *
 * write_slot FILE TEXT: a state file whose checksums are right and whose content is
 * not a state, as a newer or a broken daemon could leave it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/slots.h"

int main(int argc, char *argv[])
{
	struct slots *slots;
	char *aside = NULL;
	int r;

	if (argc != 3)
		return 2;
	r = slots_open(argv[1], 4 << 20, &aside, &slots);
	free(aside);
	if (r == 0) {
		r = slots_write(slots, argv[2], strlen(argv[2]));
		slots_close(slots);
	}
	if (r < 0)
		fprintf(stderr, "write_slot: %s\n", strerror(-r));
	return r < 0;
}
