# SPDX-License-Identifier: Apache-2.0
"""The collector without the daemon: tests/probe/collect_dump, asked line by line, and
what tests look for in its rows."""
import json
import os
import subprocess
import time

from lab import program

DUMP = program("tests/probe/collect_dump")
EGRESS, HANDOFF = 0, 1
GROUP = {EGRESS: "egress", HANDOFF: "handoff"}
LOOPBACK, TUNNEL, KERNEL, SHARED, TUN, AT_MOST = 1, 2, 4, 8, 16, 32
TCP, UDP, ICMP, UDPLITE, SCTP, MPTCP = 6, 17, 1, 136, 132, 262


class Probe:
    """One collector with maps and programs of its own. Ends with the lab."""

    def __init__(self, lab, *options):
        self.p = subprocess.Popen([DUMP, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        lab.callback(self.end)
        first = json.loads(self.p.stdout.readline())
        if "error" in first:
            raise RuntimeError(f"collect_open: {os.strerror(-first['error'])}")
        self.rungs = self.ask("rungs")

    def ask(self, command):
        self.p.stdin.write(command + "\n")
        self.p.stdin.flush()
        return json.loads(self.p.stdout.readline())

    def read(self):
        s = self.ask("read")
        assert s["invariant_ok"], "total_before <= rows + drained + unattributed <= total_after"
        return s

    def close(self):
        self.p.stdin.write("close\n")
        self.p.stdin.flush()
        self.p.wait(10)

    def end(self):
        if self.p.poll() is None:
            self.p.kill()
        self.p.wait()


def rows_of(sample, pid, column=EGRESS, proto=None):
    return [r for r in sample["rows"] if r["tgid"] == pid and r["column"] == column and
            proto in (None, r["proto"])]


def payload(rows):
    return sum(r["val"]["payload"] for r in rows)


def settled(probe, pid, expected, column=EGRESS):
    """The last bytes may still be in the send queue when the call has returned."""
    end = time.monotonic() + 5
    while True:
        s = probe.read()
        rows = rows_of(s, pid, column)
        if payload(rows) >= expected or time.monotonic() > end:
            return s, rows
        time.sleep(0.01)


def equal(what, is_, want):
    assert is_ == want, f"{what}: {is_} instead of {want}"
