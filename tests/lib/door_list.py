# SPDX-License-Identifier: Apache-2.0
"""The doors: what is sent, by whom, who counts it, and what a flow of it must look like."""
import errno

from doorway import PEER, PEER6, PORT
from probe import EGRESS, HANDOFF, ICMP, SCTP, TCP, UDP, UDPLITE

MODES = ["single", "threads", "fork", "pass", "share", "brief", "old"]
MODES_ALONE = ["single", "fork", "brief"]
MODES_QUICK = ["single", "fork", "share", "old"]
EXTRA = {"tcp-send": ["user", "reuse"], "udp-sendto": ["user", "reuse"], "unix-stream": ["user", "reuse"]}
STREAM, DATAGRAMS, MANY = 654321, 100001, 1000000
# What a kernel may say of a door it does not have. Anything else is a failure.
ABSENT = {errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EAFNOSUPPORT, errno.ENOPROTOOPT, errno.EOPNOTSUPP}
ABSENT_BY = {"tcp-ktls": {errno.ENOENT}, "vsock": {errno.EADDRNOTAVAIL, errno.ENODEV},
             "uring": {errno.EINVAL, errno.ENOSYS, errno.EPERM}, "af-xdp": {errno.EINVAL, errno.EBUSY}, "tun-writer": {errno.ENOENT, errno.EBADFD}}
ABSENT_WORDS = {"tcp-ktls": "this kernel has no kTLS", "vsock": "this kernel has no AF_VSOCK loopback",
                "sctp": "this kernel has no SCTP", "mptcp": "this kernel has no MPTCP", "smc": "this kernel has no SMC",
                "uring": "this kernel's io_uring has no such operation", "af-xdp": "this kernel has no AF_XDP for this device",
                "tun-writer": "this kernel has no tun device", "udp-lite": "this kernel has no UDP-Lite"}
LINK_HEADER, SCTP_HEADERS = 14, 32  # of a frame; IPv4's and SCTP's own of a packet
FRAME_BYTES = 1000


class Door:
    """command: what tests/helpers/doors calls it; kind: what the receiver counts it as
    (None: the door has a receiver of its own); frame: what the receiver has of n bytes;
    column: where egressd bills it (None: no socket sends it, see residual)."""

    def __init__(self, name, command=None, size=STREAM, kind="tcp", addr=PEER, port=PORT, column=EGRESS, proto=TCP,
                 init="connected", service=PORT, to=None, alone=False, frame=lambda n: n):
        self.name, self.command, self.size, self.kind = name, command or name, size, kind
        self.addr, self.port, self.column, self.proto = addr, port, column, proto
        self.init, self.service, self.to, self.alone, self.frame = init, service, to or addr, alone, frame

    def may_refuse(self, number):
        return number in ABSENT or any(self.name.startswith(n) and number in e for n, e in ABSENT_BY.items())

    def absent(self, error):
        """Why this kernel does not have it, in words."""
        words = [w for name, w in ABSENT_WORDS.items() if self.name.startswith(name)]
        return f"{words[0]} ({error})" if words else str(error)


TLS_RECORD, TLS_OVERHEAD = 16384, 29


def records_more(door, run):
    """Bytes of kTLS records that the sender's calls could not know of; never part of one."""
    more = (run.received or 0) - door.frame(run.through)
    cut = door.name == "tcp-ktls-sendfile" and run.mode in ("threads", "share")
    return more if cut and more > 0 and more % TLS_OVERHEAD == 0 else 0


def modes_of(door, quick):
    if door.column is None or door.name == "tcp-many-sockets":
        return ["single"]
    modes = MODES_ALONE if door.alone else MODES + EXTRA.get(door.name, [])
    return [m for m in modes if not quick or m in MODES_QUICK]


def tcp(name, **kw):
    return Door(name, **kw)


def udp(name, **kw):
    return Door(name, **{"size": DATAGRAMS, "kind": "udp", "proto": UDP, "init": "datagram", **kw})


def raw(name, **kw):
    return Door(name, **{"size": 8000, "kind": "icmp", "proto": ICMP, "init": "none", "service": 0, **kw})


def local(name, **kw):
    return Door(name, **{"kind": None, "column": HANDOFF, "proto": 0, "service": 0, "to": "", **kw})


def link(name, **kw):
    return local(name, **{"size": 8000, "kind": "link", "init": "none", **kw})


STREAM_CALLS = ("send", "sendto", "sendmsg", "sendmmsg", "write", "writev", "pwritev2", "sendfile", "splice",
                "vmsplice-tee", "zerocopy", "nonblocking", "msg-more", "cork")
URING = ("send", "send-async", "send-sqpoll", "sendmsg", "sendmsg-async", "sendmsg-sqpoll", "write", "write-async",
         "write-sqpoll", "writev", "splice", "splice-async", "send-zc", "send-zc-async", "send-zc-sqpoll",
         "sendmsg-zc")
MAPPED = f"::ffff:{PEER}"

DOORS = [tcp(f"tcp-{call}") for call in STREAM_CALLS] + [
    tcp("tcp6-send", command="tcp-send", addr=PEER6),
    tcp("tcp-v4-mapped", command="tcp-send", addr=MAPPED, to=PEER),
    tcp("tcp-fast-open", alone=True),
    tcp("tcp-reconnect", alone=True),
    tcp("tcp-failed-send", size=100000, alone=True),
    tcp("tcp-ktls"),
    tcp("tcp-ktls-sendfile"),
    tcp("mptcp", kind="mptcp", service=PORT + 1),
    tcp("mptcp-sendfile", kind="mptcp", service=PORT + 1),
    tcp("smc"),
    Door("sctp", size=DATAGRAMS, kind="sctp", proto=SCTP, init="none"),
] + [tcp(f"uring-{call}") for call in URING] + [
    udp("uring-udp"),
    udp("uring-udp-zc"),
    udp("udp-connected"),
    udp("udp-sendto"),
    udp("udp6", command="udp-sendto", addr=PEER6),
    udp("udp-v4-mapped", command="udp-sendto", addr=MAPPED, to=PEER),
    udp("udp-sendmmsg"),
    udp("udp-writev"),
    udp("udp-sendfile", alone=True),  # until 6.4 one caller at a time: each page is corked
    udp("udp-zerocopy"),
    udp("udp-fragmented", size=195000),
    udp("udp-gso"),
    udp("udp-cork", size=50000, alone=True),
    udp("udp-server-port", alone=True, service=53),
    udp("udp-refused", alone=True),
    udp("udp-lite", kind="udplite", proto=UDPLITE),
    raw("icmp-ping-socket"),
    raw("raw-icmp"),
    raw("raw-own-header", kind="raw", proto=253),
    local("unix-stream"),
    local("unix-writev"),
    local("unix-sendfile"),
    local("unix-splice"),
    local("unix-uring"),
    local("unix-dgram", size=DATAGRAMS, init="datagram"),
    local("unix-seqpacket", size=DATAGRAMS),
    local("unix-failed-send", size=100000, alone=True),
    local("vsock", size=DATAGRAMS, to=None, service=None),
    local("vsock-sendfile", size=DATAGRAMS, to=None, service=None),
    link("packet"),
    link("packet-dgram", frame=lambda n: n + LINK_HEADER * -(-n // FRAME_BYTES)),
    link("packet-tx-ring", size=16000, alone=True),
    link("af-xdp", column=None, size=16000),
    Door("tun-writer", column=None, size=16000, kind="udp"),
    tcp("tcp-many-sockets", size=MANY),  # the last: they stay, and each run after looks at all sockets
]
