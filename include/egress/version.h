/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * The release this tree builds.
 */
#ifndef EGRESS_VERSION_H
#define EGRESS_VERSION_H

#define EGRESS_VERSION "0.1.0"

#endif
