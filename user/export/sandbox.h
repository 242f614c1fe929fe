/* SPDX-License-Identifier: Apache-2.0
 *
 * What the exporter may still do: network, its files, memory, threads; no programs,
 * no BPF, no other processes.
 */
#ifndef EXPORT_SANDBOX_H
#define EXPORT_SANDBOX_H

/* Drops whatever capabilities are left and installs the filter. Negative errno. */
int sandbox_enter(void);

#endif
