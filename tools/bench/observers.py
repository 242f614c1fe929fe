# SPDX-License-Identifier: Apache-2.0
"""What may watch the work: egressd, and two tools that people use instead. Each has a
name, start() and stop(); one that cannot run here says why when it is made."""
import os
import shutil
import signal
import subprocess
import time

from lab import Skip, wait_for
from sensor import Sensor

SETTLE_S = 1.5  # what a start does is no part of the running cost
ONE_LINER = "tracepoint:sock:sock_send_length { @[pid, comm] = sum(args->ret); }"


class Egressd:
    name = "egressd"

    def __init__(self, lab):
        self.lab, self.count, self.sensor = lab, 0, None

    def start(self):
        self.count += 1
        self.sensor = Sensor(self.lab, f"bench{self.count}")
        time.sleep(SETTLE_S)

    def stop(self):
        self.sensor.stop()
        self.sensor = None


class Program:
    """Another tool: started, given time to attach, ended by its pid."""

    def __init__(self, ns, name, argv, ready, stop=signal.SIGINT):
        if not shutil.which(argv[0]):
            raise Skip(f"{name} is not installed")
        self.ns, self.name, self.argv, self.ready, self.signal = ns, name, argv, ready, stop
        self.process, self.log = None, f"{name}.log"
        self.start()  # once for nothing: does it run here at all?
        self.stop()

    def start(self):
        path = self.ns.lab.path(self.log)
        open(path, "w", encoding="ascii").close()
        self.process = self.ns.start(self.argv, log=self.log)

        def running():
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            if self.process.poll() is not None:
                raise Skip(f"{self.name}: {text.strip().splitlines()[-1:] or 'ended'}")
            return self.ready in text
        wait_for(f"{self.name} to begin", running)
        time.sleep(SETTLE_S)

    def stop(self):
        self.ns.lab.end(self.process, self.signal)


def others(ns, device):
    """The peers that run here, and why others do not: [(name, observer or None, why)]."""
    made = []
    for name, argv, ready in (("nethogs", ["nethogs", "-t", "-d", "1", device], "Refreshing"),
                              ("bpftrace one-liner", ["bpftrace", "-e", ONE_LINER], "Attaching")):
        try:
            made.append((name, Program(ns, name, argv, ready), ""))
        except (Skip, TimeoutError) as e:
            made.append((name, None, str(e)))
    return made


def version(program):
    """For the document: figures of a peer are figures of a version."""
    if not shutil.which(program):
        return ""
    flag = "-V" if os.path.basename(program) == "nethogs" else "--version"
    out = subprocess.run([program, flag], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return f"{os.path.basename(program)} {out.stdout.strip().split()[-1]}"
