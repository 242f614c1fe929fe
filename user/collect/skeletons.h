/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated skeletons, kept from tripping over our warnings.
 */
#ifndef COLLECT_SKELETONS_H
#define COLLECT_SKELETONS_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "calls.skel.h"
#include "egress.skel.h"
#include "egress_trusted.skel.h"
#include "file.skel.h"
#include "file_fs.skel.h"
#include "handoff.skel.h"
#include "inet.skel.h"
#include "life.skel.h"
#include "start.skel.h"
#pragma GCC diagnostic pop

#endif
