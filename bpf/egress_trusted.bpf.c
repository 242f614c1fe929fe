/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * The egress program once more, without the cast of compat_plain_task(): for kernels that
 * do not have it, where a daemon without CAP_SYS_ADMIN could not even ask.
 */
#define EG_TRUSTED_TASK
#include "egress.bpf.c"
