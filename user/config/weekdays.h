/* SPDX-License-Identifier: Apache-2.0
 *
 * Days of the week as an operator says them: sun, mon-fri, mon,wed,fri. Pure.
 */
#ifndef CONFIG_WEEKDAYS_H
#define CONFIG_WEEKDAYS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* Bit n: day n, 0 = Monday. 0, or -EINVAL: a word that is no day, a day said twice,
 * nothing; *ret_days is then as it was. */
int weekdays_parse(const char *text, uint8_t *ret_days);

/* The same as text, in the order of the week: three and more in a row as a range. */
void weekdays_add(struct buf *out, uint8_t days);

/* Whether they hold that day (days since 1970, UTC). */
bool weekdays_have(uint8_t days, int64_t day);

#endif
