# SPDX-License-Identifier: Apache-2.0
"""Tunnels of the kernel between the two namespaces of a Doorway, both ends real."""
import contextlib
import re
import shutil

from doorway import DEV, ETHERNET_BYTES, HOST, PEER, PEER_DEV
from lab import Skip
from probe import TUNNEL

KINDS = ["vxlan", "geneve", "gre", "gretap", "ipip", "sit", "ip6tnl", "wireguard"]
NAME = "tnl7"
ETHERNET = {"vxlan", "geneve", "gretap"}  # they ask for neighbours
WG_PORT = 51820


class Tunnel(contextlib.ExitStack):
    def __init__(self, way, kind):
        super().__init__()
        self.way, self.kind, self.flags = way, kind, TUNNEL
        self.peer = "fd00:99::2" if kind == "sit" else "198.51.100.2"
        self.callback(self._remove)
        for ns, here, there, dev, number in ((way.host, HOST, PEER, DEV, 1), (way.peer, PEER, HOST, PEER_DEV, 2)):
            self._add(ns, here, there, dev)
            inner = f"fd00:99::{number}/64" if kind == "sit" else f"198.51.100.{number}/24"
            ns.run(["ip", "addr", "add", inner, "dev", NAME] + (["nodad"] if ":" in inner else []))
        if kind == "wireguard":
            self._keys()
        for ns in (way.host, way.peer):
            ns.run(["ip", "link", "set", NAME, "up"])
        if kind in ETHERNET:
            self._neighbours()

    def _add(self, ns, here, there, dev):
        words = {"vxlan": ["id", "42", "remote", there, "local", here, "dstport", "4789", "dev", dev],
                 "geneve": ["id", "42", "remote", there],
                 "gre": ["local", here, "remote", there], "gretap": ["local", here, "remote", there],
                 "ipip": ["local", here, "remote", there], "sit": ["local", here, "remote", there],
                 "ip6tnl": ["local", HOST6_OF[here], "remote", HOST6_OF[there], "mode", "ipip6"],
                 "wireguard": []}[self.kind]
        if self.kind == "wireguard" and not shutil.which("wg"):
            raise Skip("no wg here")
        said = ns.run(["ip", "link", "add", NAME, "type", self.kind, *words], check=False).strip()
        if said:
            self.close()
            raise Skip(f"no {self.kind} device here: {said.splitlines()[-1]}")

    def _keys(self):
        ends = []
        for ns in (self.way.host, self.way.peer):
            private = ns.run(["wg", "genkey"]).strip()
            ends.append((ns, private, ns.run(["wg", "pubkey"], input=private, stdin=None).strip()))
        for (ns, private, _), (_, _, public), there in zip(ends, ends[::-1], (PEER, HOST)):
            path = ns.lab.path(f"wg-{ns.role}")
            with open(path, "w", encoding="ascii") as f:
                f.write(f"[Interface]\nPrivateKey = {private}\nListenPort = {WG_PORT}\n[Peer]\nPublicKey = {public}\n"
                        f"Endpoint = {there}:{WG_PORT}\nAllowedIPs = 0.0.0.0/0\n")
            ns.run(["wg", "setconf", NAME, path])

    def _neighbours(self):
        far = self.way.peer.run(["ip", "link", "show", NAME])
        near = self.way.host.run(["ip", "link", "show", NAME])
        for ns, address, text in ((self.way.host, "198.51.100.2", far), (self.way.peer, "198.51.100.1", near)):
            mac = re.search(r"link/ether (\S+)", text).group(1)
            ns.run(["ip", "neigh", "replace", address, "lladdr", mac, "dev", NAME, "nud", "permanent"])

    def received(self):
        """IP bytes that came out of the far end; None: it counts what carried them, too."""
        if self.kind == "wireguard":
            return None
        text = self.way.peer.run(["cat", "/proc/self/net/dev"])
        words = re.search(rf"^\s*{NAME}:(.*)$", text, re.M).group(1).split()
        return int(words[0]) - (ETHERNET_BYTES * int(words[1]) if self.kind == "gretap" else 0)

    def _remove(self):
        for ns in (self.way.host, self.way.peer):
            ns.run(["ip", "link", "del", NAME], check=False)


class Ipsec(contextlib.ExitStack):
    """ESP between the two namespaces by policy, without a device: the socket's packet is the encrypted one."""
    flags = 0
    AEAD = ["aead", "rfc4106(gcm(aes))", "0x" + "5a" * 20, "128"]

    def __init__(self, way, mode):
        super().__init__()
        self.way, self.peer = way, PEER
        self.callback(self._remove)
        ends = [(HOST, PEER, "0x1001", "1"), (PEER, HOST, "0x1002", "2")]
        for ns in (way.host, way.peer):
            for n, (src, dst, spi, reqid) in enumerate(ends):
                self._do(ns, ["state", "add", "src", src, "dst", dst, "proto", "esp", "spi", spi, "reqid", reqid, "mode", mode, *self.AEAD])
                self._do(ns, ["policy", "add", "src", src, "dst", dst, "dir", "out" if (ns is way.host) == (n == 0) else "in",
                              "tmpl", "src", src, "dst", dst, "proto", "esp", "reqid", reqid, "mode", mode])

    def _do(self, ns, words):
        said = ns.run(["ip", "xfrm", *words], check=False).strip()
        if said:
            self.close()
            raise Skip(f"no IPsec here: {said.splitlines()[-1]}")

    def _remove(self):
        for ns in (self.way.host, self.way.peer):
            for what in ("policy", "state"):
                ns.run(["ip", "xfrm", what, "flush"], check=False)


HOST6_OF = {HOST: "2001:db8::1", PEER: "2001:db8::2"}
