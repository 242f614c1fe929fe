# SPDX-License-Identifier: Apache-2.0
"""One egressd with a state directory and socket of its own, and what its clients
say: flows, alerts as they come (with the time they reached us), status.
"""
import json
import subprocess
import threading
import time

from lab import program, run, wait_for

READY_S = 120  # a bound for emulated machines; what it took is in ready_s
LEVELS = {"notice": 1, "ticket": 2, "page": 3}


def json_lines(text):
    return [json.loads(line) for line in text.split("\n") if line.startswith("{")]


class Sensor:
    def __init__(self, lab, name, config=None, ephemeral=True, env=None, within=None, enter=(), options=()):
        """`within`: a cgroup that the daemon itself is put into."""
        self.lab, self.name = lab, name
        self.state, self.socket = lab.path(f"{name}.state"), lab.path(f"{name}.sock")
        self.log = f"{name}.log"
        argv = [*enter, program("egressd"), "--state-dir", self.state, "--socket", self.socket]
        argv += ["--ephemeral"] if ephemeral else []
        argv += (["-c", config] if config else []) + list(options)
        if within:
            argv = ["sh", "-c", f"echo $$ >{within}/cgroup.procs; exec \"$@\"", "sh", *argv]
        start = time.monotonic()
        self.process = lab.start(argv, log=self.log, env=env)
        wait_for(f"egressd ({lab.path(self.log)})", self._ready, READY_S)
        self.ready_s = time.monotonic() - start
        self.events = []  # (unix time of arrival, event)
        self._follower = None

    def _ready(self):
        if self.process.poll() is not None:
            with open(self.lab.path(self.log), encoding="utf-8", errors="replace") as f:
                raise RuntimeError(f"egressd ended with {self.process.returncode}: {f.read().strip()}")
        return subprocess.run([program("egressctl"), "--socket", self.socket, "status"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def ctl(self, *args, **kw):
        return run([program("egressctl"), "--socket", self.socket, *args], **kw)

    def status(self):
        return json_lines(self.ctl("status", "--json"))

    def flows(self):
        """Rows and, last, the total."""
        lines = json_lines(self.ctl("flows", "--json", "--all"))
        return [r for r in lines if "total" not in r], [r for r in lines if "total" in r][-1]["total"]

    def sent_to(self, addresses, namespaces):
        """Payload bytes to these peers from these network namespaces. The sensor sees the
        whole machine, and somebody else may use the same address in a test."""
        return sum(r["egress.payload_bytes"] or 0 for r in self.flows()[0]
                   if r.get("destination.ip") in addresses and r.get("network.namespace") in namespaces)

    def follow(self):
        """Begins to collect alert events in self.events."""
        self._follower = self.lab.start([program("egressctl"), "--socket", self.socket, "alerts", "--follow", "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, args=(self._follower.stdout,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            if line.startswith(b"{"):
                self.events.append((time.time(), json.loads(line)))

    def alerts_to(self, addresses, minimum="ticket"):
        """Events of at least this level about these peers (or this one), with their arrival times."""
        addresses = {addresses} if isinstance(addresses, str) else addresses
        return [(t, e) for t, e in list(self.events)
                if e.get("destination.ip") in addresses and LEVELS.get(e.get("level"), 0) >= LEVELS[minimum]]

    def pages(self):
        return [e for _, e in list(self.events) if e.get("level") == "page"]

    def stop(self):
        if self._follower:
            self.lab.end(self._follower)
        return self.lab.end(self.process)
