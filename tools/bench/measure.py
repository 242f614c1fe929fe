# SPDX-License-Identifier: Apache-2.0
"""Paired measurements: the same work without and with egressd, in turn and in
alternating order, so that what the machine does meanwhile hits both. The figure is
the ratio of neighbours; reported are the median and the spread."""
import os
import statistics
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def paired(rounds, work, start, stop):
    """work() -> a rate (more is better), with start() running egressd before and
    stop() ending it. Returns (median rate without, ratios with/without)."""
    without, ratios = [], []
    for n in range(rounds):
        got = {}
        for loaded in ((False, True) if n % 2 == 0 else (True, False)):
            if loaded:
                start()
            got[loaded] = work()
            if loaded:
                stop()
        without.append(got[False])
        ratios.append(got[True] / got[False])
    return statistics.median(without), ratios


def spread(values, form="{:.3f}"):
    v = sorted(values)
    return form.format(statistics.median(v)), f"{form.format(v[0])} .. {form.format(v[-1])}"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_bytes(pid):
    """Resident, without the kernel's maps that the process has mapped to read them."""
    total, is_map = 0, False
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as f:
        for line in f:
            if line[0] in "0123456789abcdef" and "-" in line.split(" ", 1)[0]:
                is_map = "bpf-map" in line or "bpf_map" in line
            elif line.startswith("Rss:") and not is_map:
                total += int(line.split()[1]) * 1024
    return total


def cpu_share(pid, seconds):
    """Of one core, over so long."""
    before, begin = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begin)
