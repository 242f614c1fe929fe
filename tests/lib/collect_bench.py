# SPDX-License-Identifier: Apache-2.0
"""What the tests of the collector stand on: two namespaces, a cgroup, and scripted senders
(tests/lib/doors.py) that do a step at a time."""
import contextlib
import os
import subprocess

from doorway import HOST, HOST6, PEER, PEER6, PORT, cgroup_mount
from lab import TOP, Skip, run, wait_for
from probe import DUMP

DOORS = os.path.join(TOP, "tests", "lib", "doors.py")


class Bench:
    def __init__(self, lab):
        self.lab = lab
        self.root = cgroup_mount()
        self.pins = f"/sys/fs/bpf/{lab.name}"
        self.host, self.peer = lab.namespace("host"), lab.namespace("peer")
        self.host.join(self.peer, [f"{HOST}/24", f"{HOST6}/64"], [f"{PEER}/24", f"{PEER6}/64"])
        for ns in (self.host, self.peer):
            ns.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"], check=False)
        self.cgroup = os.path.join(self.root, lab.name)
        os.mkdir(self.cgroup)
        lab.callback(self.cgroup_remove)
        for addr in (PEER, PEER6):
            self.talk(self.peer.start([DOORS, "sink", addr, str(PORT)], stdout=subprocess.PIPE, text=True))
        lab.callback(run, [DUMP, "--detach", "--pin", self.pins], check=False)

    def cgroup_remove(self):
        def gone():
            with contextlib.suppress(OSError):
                os.rmdir(self.cgroup)
            return not os.path.exists(self.cgroup)
        wait_for("cgroup empty", gone)

    @staticmethod
    def talk(p):
        return p.stdout.readline().strip()

    def door(self, name, size, addr=PEER, port=PORT):
        enter = ["sh", "-c", f"echo $$ > {self.cgroup}/cgroup.procs && exec \"$@\"", "sh"]
        return self.lab.start(enter + self.host.inside([DOORS, name, addr, str(port), str(size)]),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def finish(self, p):
        line = self.talk(p)
        if line.startswith("cannot"):
            raise Skip(line[7:])
        return int(line.split()[1])

    def release(self, p):
        p.stdin.write("\n")
        p.stdin.flush()

    def leave(self, p):
        self.release(p)
        p.stdin.close()
        p.wait(10)


def queue_empty(bench, pid):
    out = bench.host.run(["ss", "-tnp"])
    return all(line.split()[2] == "0" for line in out.splitlines() if f"pid={pid}," in line)
