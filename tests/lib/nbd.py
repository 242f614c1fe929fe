# SPDX-License-Identifier: Apache-2.0
"""Network block devices over sockets that a program opened and gave to the kernel, and who
owns what leaves over them: tests/helpers/nbd is the server, the client, and whoever writes."""
import json
import os
import signal
import subprocess

from doorway import PEER
from lab import Skip, helper, wait_for
from probe import EGRESS, HANDOFF, KERNEL

PORT = 10809
SELF, OTHER, OWN, CACHED = 1 << 20, 3 << 20, 100000, 2 << 20
UNIX = 1


class Device:
    """One nbd device, over one socket, from the first connect to the last byte."""

    def __init__(self, wire, mode, where):
        self.wire, self.mode, self.where, self.others = wire, mode, where, []
        ns = wire.way.peer if where[0] != "/" else wire.way.host
        self.path = next((f"/dev/nbd{n}" for n in range(16) if os.path.exists(f"/dev/nbd{n}") and
                          not os.path.exists(f"/sys/block/nbd{n}/pid")), None)
        if not self.path:
            raise Skip("this kernel has no network block devices")
        self.server = ns.start([helper("nbd"), "serve", where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told(self.server, "serving")
        self.client = wire.lab.start([helper("nbd"), mode, f"/run/netns/{wire.way.host.name}", where, self.path],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told(self.client, "given")
        with open(self._sys("size"), encoding="ascii") as size:
            wait_for("the device", lambda: size.seek(0) == 0 and size.read().strip() != "0")
        with open(self._sys("queue/scheduler"), "w", encoding="ascii") as scheduler:
            scheduler.write("none")  # whoever asks for direct I/O sends it in its own time

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.wire.lab.end(self.client, signal.SIGKILL)
        if self.mode == "netlink" and os.path.exists(self._sys("pid")):
            self.wire.lab.start([helper("nbd"), "off", self.path]).wait(20)
        self.wire.lab.end(self.server)

    def _sys(self, name):
        return f"/sys/block/{os.path.basename(self.path)}/{name}"  # pid: there while it is in use

    @staticmethod
    def told(process, word):
        line = process.stdout.readline().strip()
        if line.startswith("cannot ask the kernel"):
            raise Skip(line)
        assert line == word, f"nbd says {line!r}, not {word!r}"

    def order(self, text):
        """By the process that opened the socket."""
        self.client.stdin.write(text + "\n")
        self.client.stdin.flush()
        self.told(self.client, "done")

    def write(self):
        """By others: a process that waits for the disk, and one that leaves it to the kernel."""
        p = self.wire.lab.start([helper("nbd"), "write", self.path, str(OTHER)], stdout=subprocess.PIPE, text=True)
        assert p.wait(60) == 0, p.stdout.read()
        self.others.append(p.pid)
        with open(self.path, "r+b", buffering=0) as f:
            f.write(bytes(CACHED))
            os.fsync(f.fileno())
        self.others.append(os.getpid())

    def came(self):
        self.server.stdin.write("\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())

    def use(self):
        """Everything that can be sent over it, then the end of it; gives what the server had."""
        if self.mode == "ioctl":
            self.order(f"write {SELF}")
            self.write()
            self.order(f"own {OWN}")
            self.write()
            self.order("end")
            self.client.stdin.close()
        else:
            self.client.wait(20)  # nobody has the socket open now
            self.write()
            assert self.wire.lab.start([helper("nbd"), "off", self.path]).wait(20) == 0
        came = wait_for("the end of it", self._ended, 30)
        assert came["kernel"] >= OTHER + CACHED, f"the server had {came}"
        return came

    def _ended(self):
        """The server's count, once the device is free and nothing more comes."""
        before = self.came()
        return not os.path.exists(self._sys("pid")) and before == self.came() and before


def owners(rows):
    """Payload by owner and column, the kernel is 0."""
    sums = {}
    for row in rows:
        who = row["column"], (0 if row["flags"] & KERNEL else row["tgid"])
        sums[who] = sums.get(who, 0) + row["val"]["payload"]
    return {who: size for who, size in sums.items() if size}


def since(now, before):
    return {who: size - before.get(who, 0) for who, size in now.items() if size > before.get(who, 0)}


def rows_of(wire, probe, unix):
    return [r for r in probe.read()["rows"] if r["netns"] in wire.netns and (
        r["family"] == UNIX if unix else r["daddr"] == PEER and r["port"] == PORT)]


def judged(wire, probe, device, before, came):
    """Payload by owner since `before`, as this collector has it and as it should be."""
    unix = device.where[0] == "/"
    column = HANDOFF if unix else EGRESS
    concerned = {0, device.client.pid, *device.others}

    def now():
        return since(owners(r for r in rows_of(wire, probe, unix) if not unix or r["tgid"] in concerned), before)
    want = {(column, 0): came["kernel"], (column, device.client.pid): came["greeting"] + came["own"]}
    try:
        wait_for("all of it", lambda: sum(now().values()) >= sum(want.values()), 5)
    except TimeoutError:
        pass  # the comparison says more
    return now(), want


def said(sensor, device):
    """The names that clients of the daemon see beside this service."""
    def names():
        rows = [r for r in sensor.flows()[0] if r.get("destination.ip") == PEER and r.get("service.port") == PORT]
        return rows and {r.get("process.name") for r in rows if r["egress.payload_bytes"]}
    return wait_for("flows", names, 10)
