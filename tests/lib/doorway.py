# SPDX-License-Identifier: Apache-2.0
"""Where the doors are: a host namespace with the senders, a peer namespace with the
receiver, and every witness of what went from one to the other: what the sender's calls
accepted, what the receiver had, what the peer's network device counted, and what
egressd and its rungs say. Run by run, all on one machine and at the same time.
"""
import contextlib
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import time

from lab import Skip, helper, wait_for

HOST, PEER = "192.0.2.1", "192.0.2.2"
HOST6, PEER6 = "2001:db8::1", "2001:db8::2"
PORT = 9000
ETHERNET_BYTES = 14
DEV, PEER_DEV = "v-peer", "v-host"
ARRIVAL_S = 10  # without another byte: what is missing does not come
SETTLE_S = 0.25  # longer than an acknowledgement is put off
# Doors and modes whose last bytes cannot be foreseen, so that the receiver's side is read when it has
# settled: kTLS cuts records where several writers meet, SCTP's control chunks come when they like.
UNFORESEEN = {("tcp-ktls-sendfile", "threads"), ("tcp-ktls-sendfile", "share"), ("sctp", "share"), ("sctp", "brief")}
SILENCE_S = 60  # without an answer and without a packet: it hangs
LOOK_S = 1
# A socket of /proc/net/tcp that still has something to say: bytes not acknowledged, a connection half
# open or half closed (not ESTABLISHED, TIME_WAIT, CLOSE or LISTEN: 01, 06, 07, 0A).
TCP_BUSY = re.compile(rb"^ *\d+: \S+ \S+ (?:(?!0A)\S\S (?!0{8})|0[234589BC] )", re.M)


def cgroup_mount():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words[2] == "cgroup2":
                return words[1]
    raise Skip("no cgroup v2 mount")


class Refused(Exception):
    """The kernel does not have this door. errno says why."""

    def __init__(self, number):
        super().__init__(f"[Errno {number}] {os.strerror(number)}")
        self.errno = number


class Process:
    """One process that could have sent: its id, its start in clock ticks, its bytes."""

    def __init__(self, text):
        pid, ticks, sent = text.split(":")
        self.pid, self.ticks, self.sent = int(pid), int(ticks), int(sent)


class Run:
    """One door by one kind of sender, and what the first three witnesses say."""

    def __init__(self, door, mode, addr, port):
        self.door, self.mode, self.addr, self.port = door, mode, addr, port
        self.processes, self.received, self.device_bytes, self.device_packets = [], None, 0, 0
        self.opener, self.error, self.again = 0, None, 0

    def __str__(self):
        return f"{self.door}/{self.mode}"

    @property
    def sent(self):
        return sum(p.sent for p in self.processes)

    @property
    def carrier(self):
        """The process that handed the socket on, on AF_UNIX."""
        return self.processes[0] if self.mode == "pass" else None

    @property
    def through(self):
        """Without what carried the descriptor."""
        return self.sent - (self.carrier.sent if self.carrier else 0)


class Doorway:
    def __init__(self, lab):
        self.lab, self.number, self.answers, self.rest = lab, 0, {}, ""
        self.host, self.peer = lab.namespace("host", quiet=True), lab.namespace("peer", quiet=True)
        self.host.join(self.peer, [f"{HOST}/24", f"{HOST6}/64"], [f"{PEER}/24", f"{PEER6}/64"])
        self._quiet()
        self.cgroup = os.path.join(cgroup_mount(), lab.name)
        os.mkdir(self.cgroup)
        lab.callback(self._cgroup_remove)
        self.sink = self.peer.start([helper("sink"), str(PORT), PEER_DEV], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.sink.stdout.readline()
        enter = ["sh", "-c", f"echo $$ > {self.cgroup}/cgroup.procs && exec \"$@\"", "sh"]
        self.server = lab.start(enter + self.host.inside([helper("doors"), "serve", DEV]), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
        fcntl.fcntl(self.server.stdout, fcntl.F_SETFL, os.O_NONBLOCK)

    def _quiet(self):
        """Neighbours known, and segments cut by the stack and not by the far end of the
        device, so that the peer's device counts the packets a wire would see."""
        for ns, dev, far, addresses in ((self.host, DEV, self.peer, (PEER, PEER6)),
                                        (self.peer, PEER_DEV, self.host, (HOST, HOST6))):
            far_dev = PEER_DEV if dev == DEV else DEV
            mac = json.loads(far.run(["ip", "-j", "link", "show", far_dev]))[0]["address"]
            for address in addresses:
                ns.run(["ip", "neigh", "replace", address, "lladdr", mac, "dev", dev, "nud", "permanent"])
            ns.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647", "net.ipv4.tcp_fastopen=519",
                    "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"],
                   check=False)
            # SCTP asks after a path that was slow, and sends again: not while a busy machine is
            ns.run(["sysctl", "-qw", "net.sctp.hb_interval=3600000", "net.sctp.pf_enable=0", "net.sctp.rto_initial=3000",
                    "net.sctp.rto_min=3000"], check=False)
            # fragments of several senders mix: a datagram must not be given up for that
            ns.run(["sysctl", "-qw", "net.ipv4.ipfrag_max_dist=0"], check=False)
            ns.run([helper("offload"), dev, "off"])

    def _cgroup_remove(self):
        def gone():
            with contextlib.suppress(OSError):
                os.rmdir(self.cgroup)
            return not os.path.exists(self.cgroup)
        wait_for("cgroup empty", gone)

    # --- witnesses ---------------------------------------------------------------
    def counts(self):
        self.sink.stdin.write("\n")
        self.sink.stdin.flush()
        return dict(json.loads(self.sink.stdout.readline()), associations=self.associations())

    def associations(self):
        """Of SCTP, on the senders' side."""
        path = f"/proc/{self.server.pid}/net/sctp/assocs"
        if not os.path.exists(path):
            return 0
        with open(path, encoding="ascii") as f:
            return len(f.readlines())

    def senders_busy(self):
        """Has a TCP socket of the senders' side anything left to say? If not, all its segments have passed
        the device, and none comes again: a repeated one is out before its bytes are acknowledged."""
        for name in ("tcp", "tcp6"):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{self.server.pid}/net/{name}", "rb") as f:
                if TCP_BUSY.search(f.read()):
                    return True
        return False

    def _arrived(self, run_, before, kind, expected):
        """Waits until the receiver has it all and the senders are at rest: a segment sent again after the
        device was read would be missing here, and spoil the next run."""
        end, had = time.monotonic() + ARRIVAL_S, None
        while True:
            now = self.counts()
            if now[kind] - before[kind] >= expected or time.monotonic() > end:
                break
            if now[kind] != had:
                end, had = time.monotonic() + ARRIVAL_S, now[kind]
            time.sleep(0.001)
        wait_for("senders at rest", lambda: not self.senders_busy(), step_s=0.001)
        now = self.counts()
        if (run_.door, run_.mode) == ("sctp", "brief"):  # its kernel says goodbye when it is gone
            wait_for("the association's end", lambda: self.associations() <= before["associations"])
        while (run_.door, run_.mode) in UNFORESEEN and time.monotonic() < end:
            time.sleep(SETTLE_S)
            before_that, now = now, self.counts()
            if now == before_that:
                break
        run_.received = now[kind] - before[kind]
        run_.device_packets = now["rx_packets"] - before["rx_packets"]
        run_.device_bytes = now["rx_bytes"] - before["rx_bytes"] - ETHERNET_BYTES * run_.device_packets

    # --- senders -----------------------------------------------------------------
    def _answer(self, number):
        """However long it takes, as long as something is sent."""
        end, packets = time.monotonic() + SILENCE_S, None
        while not self.answers.get(number):
            if not select.select([self.server.stdout], [], [], LOOK_S)[0]:
                before, packets = packets, self.counts()["rx_packets"]
                if packets != before:
                    end = time.monotonic() + SILENCE_S
                elif time.monotonic() > end:
                    raise TimeoutError(f"no answer and no packet for {SILENCE_S} s")
                continue
            self.rest += (self.server.stdout.read() or b"").decode()
            *lines, self.rest = self.rest.split("\n")
            for line in lines:
                words = line.split()
                self.answers.setdefault(int(words[0]), []).append(words[1:])
        return self.answers[number].pop(0)

    def _ask(self, run_, size):
        self.number += 1
        self.server.stdin.write(f"{self.number} {run_.door} {run_.mode} {run_.addr} {run_.port} {size}\n".encode())
        self.server.stdin.flush()
        return self.number

    def _end(self, run_, number, before, kind, frame):
        words = self._answer(number)
        if words[0] == "cannot":
            raise Refused(int(words[1]))
        run_.again, run_.processes = int(words[2]), [Process(text) for text in words[3:]]
        if kind:
            self._arrived(run_, before, kind, frame(run_.through))
        else:
            run_.received = int(words[1])
        return run_

    def send(self, run_, size, kind, frame):
        """kind: the receiver's counter, None = the door's own receiver counts; frame: what
        the receiver should have of a number of bytes sent."""
        before = self.counts()
        return self._end(run_, self._ask(run_, size), before, kind, frame)

    def prepare(self, run_, size):
        """Opens now, sends when it is asked to."""
        number = self._ask(run_, size)
        words = self._answer(number)
        run_.opener = int(words[1]) if words[0] == "open" else 0
        return number

    def send_prepared(self, run_, number, kind, frame):
        before = self.counts()
        os.kill(run_.opener, signal.SIGUSR1)
        return self._end(run_, number, before, kind, frame)
