/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that have hurt others; using one fails the build. Included by the
 * compiler's -include for userland files.
 */
#ifndef EGRESS_BANNED_H
#define EGRESS_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison localtime gmtime asctime ctime mktemp tmpnam atoi atol atoll

#endif
