# SPDX-License-Identifier: Apache-2.0
"""The sensors under test, side by side: the daemon as its clients see it (`egressctl
flows --json`), and a bare collector for every rung of the ladder this kernel has."""
import os

from door_list import SCTP_HEADERS, TLS_OVERHEAD, TLS_RECORD, records_more
from probe import AT_MOST, EGRESS, GROUP, HANDOFF, KERNEL, LOOPBACK, SHARED, Probe
from sensor import Sensor
from skipped import Skipped

# Those not chosen here, as far as the kernel has them.
FORCED = [(EGRESS, "probe"), (HANDOFF, "tp_btf"), (HANDOFF, "tracepoint"), (HANDOFF, "fexit"), (HANDOFF, "kprobe")]
TICK_NS = 10**9 // os.sysconf("SC_CLK_TCK")
FRAGMENT_HEADER = 20
LINUX = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2])
MODULE_TYPES = LINUX >= (5, 11)  # vsock is a module
NOBODY = 65534
NO_SOCKET = "no socket sends this: it shows in the residual (tests/system/residual)"
ASKED_MORE = {"unix-uring", "unix-failed-send"}
COLUMN = {"egress": EGRESS, "handoff": HANDOFF}


def truth(door, run):
    """What column payload must be. SCTP: with its chunk headers, so the device's count."""
    if door.column is None:
        return 0
    if door.name == "sctp":
        return run.device_bytes - SCTP_HEADERS * run.device_packets
    return run.sent + run.again + records_more(door, run)


def accepted(run, process):
    """By the calls of a process. kTLS sends records, its calls take plain text."""
    records = -(-process.sent // (TLS_RECORD + TLS_OVERHEAD)) if "ktls" in run.door else 0
    return process.sent - TLS_OVERHEAD * records


def split_known(door, run):
    """Several processes at once on one TCP socket: the sum is exact."""
    return run.mode != "share" or door.kind not in ("tcp", "mptcp", "sctp")


def has_wire(door):
    """Is the peer's device a witness? MPTCP goes on talking after the last byte; SMC's greeting is the kernel's."""
    return door.column == EGRESS and not door.name.startswith(("mptcp", "smc"))


class Rung:
    """One collector; judges the doors of its column. `best`: the one that chose its rungs itself,
    and so is never skipped; it knows how many calls there were."""

    def __init__(self, lab, cgroup, column=None, forced=None, best=None):
        self.cgroup_id = os.stat(cgroup).st_ino
        self.probe = Probe(lab, *(["--rung", forced] if forced else []))
        self.column, self.forced, self.best, self.rows = column, forced, best, {}
        self.skipped = Skipped("recursion_misses", "inexact")
        self.skipped.take(self.probe.read())

    @property
    def name(self):
        return f"rung {self.forced or 'best'}"

    def title(self):
        if self.forced:
            return self.rung(self.column)
        return f"{self.rung(EGRESS)}, {self.rung(HANDOFF)}"

    def why(self, door):
        """Why 0 is right here; None where it would not be."""
        if door.column is None:
            return NO_SOCKET
        if door.name == "packet-tx-ring" and self.rung(HANDOFF).startswith("kprobe"):
            return "the empty call that sends a TX ring asks for 0 bytes"
        if self._asked(door) and door.name in ASKED_MORE:
            return "what was asked, at most that much was sent: io_uring asks twice, a failed call once; marked"
        return None

    def rung(self, column):
        return self.probe.rungs[GROUP[column]]

    def read(self):
        self.rows, sample = {}, self.probe.read()
        self.skipped.take(sample)
        for row in sample["rows"]:
            self.rows.setdefault((row["tgid"], row["start_ns"] // TICK_NS), []).append(row)

    def of(self, door, process):
        return [r for r in self.rows.get((process.pid, process.ticks), [])
                if door.column in (None, r["column"])]

    def truth(self, door, run):
        if door.name == "packet-tx-ring" and self.rung(HANDOFF).startswith("kprobe"):
            return 0  # the empty call that sends a TX ring asks for 0 bytes
        return truth(door, run) if door.column in (None, self.column or door.column) else 0

    def counted(self, door, run):
        return sum(r["val"]["payload"] for p in run.processes for r in self.of(door, p))

    def judge(self, door, run):
        if door.column is not None and self.rung(door.column) == "missing":
            return []
        wrong, asked = [], door.column is not None and self._asked(door)
        is_, want = self.counted(door, run), self.truth(door, run)
        if is_ < want and self._may_skip(door):
            return self._skipped(door, run)
        if is_ < want if asked else is_ != want:
            wrong.append(f"{is_} instead of {want}")
        for p in run.processes:
            rows = [r for r in self.of(door, p) if r["val"]["payload"]]
            got = sum(r["val"]["payload"] for r in rows)
            if split_known(door, run) and door.name not in ("sctp", "packet-tx-ring") and door.column is not None and \
                    got - p.sent not in (0, want - run.sent) and not (asked and got > p.sent):
                wrong.append(f"process {p.pid}: {got} instead of {p.sent}")
            for row in rows if p is not run.carrier else []:
                wrong += self._row(door, run, row)
        if run.mode in ("share", "fork") and door.kind == "tcp" and self.rung(HANDOFF).startswith("tp_btf"):
            wrong += self._split(run)
        return wrong

    def _split(self, run):
        """What each of several writers of one TCP socket gave to it, by the hand-off column."""
        several = sum(p.sent > 0 for p in run.processes) > 1
        got = [sum(r["val"]["payload"] for r in self.rows.get((p.pid, p.ticks), []) if r["column"] == HANDOFF)
               for p in run.processes]
        want = [accepted(run, p) if several else 0 for p in run.processes]
        marked = any(r["flags"] & SHARED for p in run.processes for r in self.rows.get((p.pid, p.ticks), [])
                     if r["column"] == EGRESS)
        return ([] if got == want else [f"split {got} instead of {want}"]) + (
            [] if marked == several else [f"marked shared: {marked}"])

    def _row(self, door, run, row):
        want = {"cgroup_id": self.cgroup_id, "uid": NOBODY if run.mode == "user" else 0, "proto": door.proto, "init": door.init,
                "flags": AT_MOST if self._asked(door) else 0}
        if door.service is not None:
            want["port"] = door.service
        if door.column == EGRESS:
            want["daddr"] = door.to
        if door.name.startswith("vsock") and not MODULE_TYPES:
            want["init"] = "none"
        is_ = dict(row, flags=row["flags"] & (LOOPBACK | KERNEL | AT_MOST))
        return [f"{key}: {is_[key]} instead of {value}" for key, value in want.items() if is_[key] != value]

    def calls(self, door, run):
        return sum(r["val"]["calls"] for p in run.processes for r in self.of(door, p))

    def _may_skip(self, door):
        """A forced rung whose hooks the kernel may skip under preemption."""
        return self.forced in ("fexit", "tp_btf") and door.column == HANDOFF

    def _skipped(self, door, run):
        """Then what is missing is calls that were counted as skipped, in a marked interval."""
        try:
            self.skipped.missed(self.best.counted(door, run), self.best.calls(door, run), self.counted(door, run),
                                self.calls(door, run))
        except AssertionError as e:
            return [str(e)]
        return []

    def _asked(self, door):
        rung = self.rung(door.column)
        return rung.startswith("kprobe") or (rung.startswith("fexit") and door.name.startswith("vsock") and
                                             not MODULE_TYPES)


class Daemon:
    """egressd, asked with `egressctl flows --json --all`."""
    column = forced = None
    name = "flows --json"

    @staticmethod
    def has_wire(door):
        return has_wire(door)

    @staticmethod
    def title():
        return "`flows --json`"

    @staticmethod
    def why(door):
        return NO_SOCKET if door.column is None else None

    def __init__(self, lab):
        self.sensor, self.rows, self.total = Sensor(lab, "doors"), {}, {}

    def read(self):
        rows, self.total = self.sensor.flows()
        self.rows = {}
        for row in rows:
            self.rows.setdefault(row.get("process.pid"), []).append(row)

    def of(self, door, run):
        return [r for pid in {p.pid for p in run.processes} for r in self.rows.get(pid, [])
                if door.column in (None, COLUMN[r["egress.column"]])]

    def truth(self, door, run):
        return truth(door, run)

    def counted(self, door, run):
        return sum(r["egress.payload_bytes"] for r in self.of(door, run))

    def wire(self, door, run):
        """What the daemon says the packets were, and what the peer's device counted less
        the IP headers that fragments have of their own."""
        rows = self.of(door, run)
        fragments = run.device_packets - sum(r["egress.packets"] for r in rows) if door.name == "udp-fragmented" else 0
        return sum(r["egress.wire_bytes"] for r in rows), run.device_bytes - FRAGMENT_HEADER * fragments

    def judge(self, door, run):
        wrong, rows = [], [r for r in self.of(door, run) if r["egress.payload_bytes"]]
        if self.counted(door, run) != self.truth(door, run):
            wrong.append(f"{self.counted(door, run)} instead of {self.truth(door, run)}")
        if door.column is None:
            return wrong
        if run.mode == "reuse" and len({r["process.start"] for r in rows}) != 2:
            wrong.append(f"{len(rows)} rows, not one for each life of a process id")
        if run.mode == "single" and has_wire(door) and run.sent:
            says, device = self.wire(door, run)
            if says != device:
                wrong.append(f"wire {says}, the device {device}")
        for row in rows:
            wrong += self._row(door, run, row)
        if run.mode == "share" and door.kind == "tcp" and self.splits():
            wrong += self._split(run)
        return wrong

    def splits(self):
        rungs = {r["group"]: r["rung"] for r in self.sensor.status()[0]["rungs"]}
        return rungs["handoff"].startswith("tp_btf")

    def _split(self, run):
        """The second rows of a socket's several writers: exact, shared, never egress."""
        got = {p.pid: [(r["egress.payload_bytes"], r["egress.shared"], r["egress.scope"]) for r in self.rows[p.pid]
                       if r["egress.column"] == "handoff" and r["network.transport"] == "tcp"]
               for p in run.processes if p.sent}
        want = {p.pid: [(accepted(run, p), True, "host-local")] for p in run.processes if p.sent}
        return [] if got == want else [f"split {got} instead of {want}"]

    @staticmethod
    def _row(door, run, row):
        want = {"user.name": "nobody" if run.mode == "user" else "root"}
        if run.mode != "brief":  # gone before anybody could ask for its name
            want["process.name"] = "doors"
        if door.column == EGRESS:
            want.update({"destination.ip": door.to, "service.port": door.service, "egress.initiation": door.init,
                         "egress.scope": "public", "egress.tunnel": False})
        return [f"{key}: {row.get(key)} instead of {value}" for key, value in want.items() if row.get(key) != value]


def rungs_open(lab, cgroup):
    """The daemon, the rungs it chose, and every other one that can be had here."""
    best = Rung(lab, cgroup)
    sensors = [Daemon(lab), best]
    for column, name in FORCED:
        rung = Rung(lab, cgroup, column, name, best)
        if rung.rung(column) in ("missing", best.rung(column)):
            rung.probe.end()
        else:
            sensors.append(rung)
    return sensors

