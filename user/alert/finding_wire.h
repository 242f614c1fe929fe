/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings in saved state. Private to alert/.
 */
#ifndef ALERT_FINDING_WIRE_H
#define ALERT_FINDING_WIRE_H

#include "alert/wire.h"
#include "detect/finding.h"

void finding_put(struct buf *out, const struct finding *f);
/* w->bad if anything is out of range. */
void finding_get(struct wire *w, struct names *names, struct finding *ret);

#endif
