/* SPDX-License-Identifier: Apache-2.0
 *
 * Which destinations are one; see destgroup.h, names.h.
 */
#include <string.h>

#include "base/units.h"
#include "enrich/scope.h"
#include "model/destgroup.h"
#include "model/names.h"

void destgroup_format(char out[ADDR_TEXT_MAX], const uint8_t addr[16])
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, 0xff };
	uint8_t net[16] = { 0 };
	size_t len;

	if (memcmp(addr, v4_mapped, sizeof(v4_mapped)) == 0) {
		memcpy(net, addr, 15);
		format_addr(out, ADDR_TEXT_MAX, net);
		len = strlen(out);
		snprintf(out + len, ADDR_TEXT_MAX - len, "/24");
	} else {
		memcpy(net, addr, 6);
		format_addr(out, ADDR_TEXT_MAX, net);
		len = strlen(out);
		snprintf(out + len, ADDR_TEXT_MAX - len, "/48");
	}
}

enum eg_scope destgroup_scope(const char *dst)
{
	size_t len = strcspn(dst, "/");
	char text[ADDR_TEXT_MAX];
	uint8_t addr[16];

	if (len >= sizeof(text))
		return EG_SCOPE_PUBLIC;
	memcpy(text, dst, len);
	text[len] = '\0';
	return parse_addr(text, addr) == 0 ? scope_of_addr(addr) : EG_SCOPE_PUBLIC;
}

enum eg_scope names_scope_addr(const uint8_t addr[16])
{
	return scope_of_addr(addr);
}
