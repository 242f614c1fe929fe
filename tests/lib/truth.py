# SPDX-License-Identifier: Apache-2.0
"""Reads what tests/helpers/truth wrote: how many bytes the receiver had, and when."""
import json

from lab import helper, wait_for


class Truth:
    """A receiver inside a namespace. Listens when the constructor returns."""

    def __init__(self, ns, log, *argv):
        self.ns, self.log = ns, ns.lab.path(log)
        self.process = ns.start([helper("truth"), *argv, self.log], log=log + ".err")
        port = argv[2]
        wait_for("truth", lambda: f":{port} " in ns.run(["ss", "-Hltn"]) + " ")

    @classmethod
    def sink(cls, ns, log, address, port):
        return cls(ns, log, "sink", address, str(port))

    @classmethod
    def relay(cls, ns, log, port, to_address, to_port):
        return cls(ns, log, "relay", "127.0.0.1", str(port), to_address, str(to_port))

    def stop(self):
        self.ns.lab.end(self.process)

    def samples(self):
        """(unix seconds, cumulative bytes of all connections), in time order, and
        whether every connection has ended."""
        last, out, open_conns = {}, [], set()
        with open(self.log, encoding="ascii") as f:
            for line in f:
                if not line.endswith("\n"):
                    break
                s = json.loads(line)
                last[s["conn"]] = s["bytes"]
                (open_conns.discard if s.get("end") else open_conns.add)(s["conn"])
                out.append((s["t"] / 1e9, sum(last.values())))
        return out, bool(out) and not open_conns

    def wait_end(self, timeout_s=120):
        wait_for("the theft's end", lambda: self.samples()[1], timeout_s)

    def total(self):
        return self.samples()[0][-1][1]

    def first(self, above=0):
        """When the first byte beyond `above` (a login's conversation) had arrived."""
        return next(t for t, b in self.samples()[0] if b > above)

    def bytes_by(self, when):
        """How much was gone at a time."""
        gone = 0
        for t, b in self.samples()[0]:
            if t > when:
                break
            gone = b
        return gone
