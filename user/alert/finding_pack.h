/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings in saved state. Private to alert/.
 */
#ifndef ALERT_FINDING_PACK_H
#define ALERT_FINDING_PACK_H

#include "base/pack.h"
#include "detect/finding.h"

void finding_put(struct buf *out, const struct finding *f);
/* w->bad if anything is out of range. */
void finding_get(struct unpack *w, struct names *names, struct finding *ret);

#endif
