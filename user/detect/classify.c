// SPDX-License-Identifier: Apache-2.0
/*
 * Whether bytes leave the host, and the class they are judged in.
 */
#include "detect/core.h"

bool core_classify(const struct tick_row *row, enum series_class *ret)
{
	unsigned int scope = row->scope;

	if (scope == EG_SCOPE_UNKNOWN && row->dest)
		scope = row->dest->scope == EG_SCOPE_UNKNOWN ? EG_SCOPE_PUBLIC : row->dest->scope;
	switch (scope) {
	case EG_SCOPE_LOOPBACK:
	case EG_SCOPE_HOST_LOCAL: return false;
	case EG_SCOPE_LINK_LOCAL:
	case EG_SCOPE_PRIVATE:
	case EG_SCOPE_MULTICAST: *ret = CLASS_INTERNAL; return true;
	case EG_SCOPE_UNKNOWN: *ret = CLASS_ANY; return true;
	default: *ret = CLASS_PUBLIC; return true;
	}
}
