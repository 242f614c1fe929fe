// SPDX-License-Identifier: Apache-2.0
/*
 * The detector's built-in parameters. user/config/ shows the same values in its
 * option table; docs/detection.md says what they were measured to do.
 */
#include "detect/engine.h"

enum { MB = 1000 * 1000 };

const struct params_detect detect_defaults = {
	.rule = { [EG_RULE_HOST] = true, [EG_RULE_ACTOR] = true, [EG_RULE_READ] = true,
		  [EG_RULE_PAIR] = true, [EG_RULE_NOVEL] = true, [EG_RULE_FAN] = true,
		  [EG_RULE_WEEK] = true, [EG_RULE_STEADY] = true, [EG_RULE_USUAL] = true,
		  [EG_RULE_DRIFT] = true },
	/* 10 s, 1 min, 10 min, 1 h, 6 h, 1 d, 7 d, 28 d: the longer, the steadier. */
	.factor_milli = { 3000, 3000, 3000, 3000, 3000, 2500, 1500, 1400 },
	.floor_bytes = { 64ULL * MB, 128ULL * MB, 256ULL * MB, 512ULL * MB, 768ULL * MB, 1000ULL * MB,
			 2000ULL * MB, 4000ULL * MB },
	.growth_milli = 1020,
	.half_life_days = 60,
	.minimum_bytes = 16ULL * MB,
	.context_points = {
		[EG_CTX_NEW_DEST] = 30,
		[EG_CTX_UNUSUAL_ACTOR] = 20,
		[EG_CTX_TOOL] = 20,
		[EG_CTX_FIRST_PUBLIC] = 10,
		[EG_CTX_READ_COUPLED] = 10,
		[EG_CTX_FAN] = 10,
		[EG_CTX_OFF_HOURS] = 10,
		[EG_CTX_DECLARED] = -40,
		[EG_CTX_ROLE] = -20,
	},
	.context_cap = 60,
	.notice_score = 0,
	.ticket_score = 10,
	.page_score = 20,
	.novel_days = 7,
	.novel_active_days = 3,
	.novel_floor_divisor = 8,
	.database_bytes = 0,
	.share_page_milli = 10,
	.fan_groups = 20,
	.fan_factor_milli = 2000,
	.week_factor_milli = 4000,
	.internal_floors = 4,
	.internal_page_points = 60,
	.max_series = 4096,
};
