# SPDX-License-Identifier: Apache-2.0
"""Paired measurements: the same work with nothing and with each observer, in turn and in
changing order, so that what the machine does meanwhile hits all. The figure is
the ratio within a round; reported are the median and the spread."""
import os
import statistics
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def compared(rounds, work, observers):
    """work() -> (a rate, a latency or None), with nothing and with each observer running.
    Returns the median rate with nothing, and by observer the ratios of rates and latencies
    to the run with nothing of the same round."""
    without = []
    rates, latencies = {o.name: [] for o in observers}, {o.name: [] for o in observers}
    for n in range(rounds):
        turn = [None, *observers]
        turn = turn[n % len(turn):] + turn[:n % len(turn)]
        got = {}
        for o in turn:
            if o:
                o.start()
            got[o] = work()
            if o:
                o.stop()
        without.append(got[None][0])
        for o in observers:
            rates[o.name].append(got[o][0] / got[None][0])
            if got[None][1]:
                latencies[o.name].append(got[o][1] / got[None][1])
    return statistics.median(without), rates, latencies


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
