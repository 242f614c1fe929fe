// SPDX-License-Identifier: Apache-2.0
/*
 * The level of a score, and the score of a level.
 */
#include "detect/core.h"

enum { MILLI = 1000 };

enum eg_level core_level(const struct params_detect *p, int32_t score_milli)
{
	if (score_milli >= p->page_score * MILLI)
		return EG_LEVEL_PAGE;
	if (score_milli >= p->ticket_score * MILLI)
		return EG_LEVEL_TICKET;
	return score_milli >= p->notice_score * MILLI ? EG_LEVEL_NOTICE : EG_LEVEL_NONE;
}

int32_t core_base_score(const struct params_detect *p, enum eg_level level)
{
	return level == EG_LEVEL_PAGE     ? p->page_score
	       : level == EG_LEVEL_TICKET ? p->ticket_score
					  : p->notice_score;
}
