# SPDX-License-Identifier: Apache-2.0
"""Tunnels: the packet that the application meant, once; not again as what carries it."""
from collect_bench import PEER
from probe import TUN, TUNNEL, equal, settled


def test_tunnels(bench, sensor):
    """Inside a kernel tunnel: once, the inner packet, marked; into a tun device: marked as such."""
    bench.host.run(["ip", "link", "add", "vx0", "type", "vxlan", "id", "42", "remote", PEER, "dstport",
                    "4789", "dev", "v-peer"])
    try:
        for words in (["addr", "add", "198.51.100.1/24", "dev", "vx0"], ["link", "set", "vx0", "up"],
                      ["neigh", "add", "198.51.100.2", "lladdr", "02:00:00:00:00:02", "dev", "vx0"],
                      ["tuntap", "add", "tun9", "mode", "tun"],
                      ["addr", "add", "203.0.113.1/24", "dev", "tun9"], ["link", "set", "tun9", "up"]):
            bench.host.run(["ip", *words])
        for addr, flag in (("198.51.100.2", TUNNEL), ("203.0.113.9", TUN)):
            p = bench.door("udp_sendto", 20000, addr)
            sent = bench.finish(p)
            _, rows = settled(sensor, p.pid, sent)
            equal("rows", [(r["daddr"], r["flags"], r["val"]["payload"]) for r in rows], [(addr, flag, sent)])
            bench.leave(p)
    finally:
        for dev in ("vx0", "tun9"):
            bench.host.run(["ip", "link", "del", dev], check=False)
