# SPDX-License-Identifier: Apache-2.0
"""Whose bytes, which way, and what kind: accepted and loopback connections, forks, sockets
older than the sensor, what the kernel says by itself."""
import os
import subprocess
import time

from collect_bench import DOORS, HOST, PEER, PORT
from lab import Lab, Skip, wait_for
from probe import EGRESS, ICMP, KERNEL, LOOPBACK, SHARED, TCP, Probe, equal, payload, rows_of, settled


def test_self_test(_, sensor):
    equal("self-test", sensor.ask("rungs")["self-test"], "passed")


def test_accept(bench, sensor):
    p = bench.door("tcp_accept", 1234567, HOST, 5432)
    bench.talk(p)
    client = bench.peer.start(["python3", "-c", f"import socket\ns=socket.create_connection(('{HOST}',5432))\n"
                               "while s.recv(1<<20): pass"])
    sent = bench.finish(p)
    _, rows = settled(sensor, p.pid, sent)
    equal("payload", payload(rows), sent)
    rows = [r for r in rows if r["val"]["payload"]]
    equal("rows", [(r["init"], r["port"], r["daddr"]) for r in rows], [("accepted", 5432, PEER)])
    bench.leave(p)
    client.wait(10)


def test_mptcp_accept(bench, sensor):
    """An MPTCP listener's sockets, MPTCP or plain by the client's will: the kernel made them,
    but they are the program's."""
    for port, proto in ((5434, 0), (5435, 262)):
        p = bench.door("mptcp_accept", 200000, HOST, port)
        first = bench.talk(p)
        if first.startswith("cannot"):
            raise Skip(first[7:])
        code = (f"import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_STREAM,{proto})\n"
                f"s.connect(('{HOST}',{port}))\nwhile s.recv(1<<20): pass")
        client = bench.peer.start(["python3", "-c", code])
        sent = bench.finish(p)
        _, rows = settled(sensor, p.pid, sent)
        assert payload(rows) >= sent, f"{payload(rows)} of {sent}, client's protocol {proto}"
        assert all(not r["flags"] & KERNEL for r in rows), "the program's"
        bench.leave(p)
        client.wait(10)


def test_loopback(bench, sensor):
    p = bench.door("tcp_accept", 54321, "127.0.0.1", 7001)
    bench.talk(p)
    client = bench.host.start(["python3", "-c", "import socket\ns=socket.create_connection(('127.0.0.1',7001))\n"
                               "while s.recv(1<<20): pass"])
    sent = bench.finish(p)
    _, rows = settled(sensor, p.pid, sent)
    equal("payload", payload(rows), sent)
    assert all(r["flags"] & LOOPBACK for r in rows), "loopback flag"
    bench.leave(p)
    client.wait(10)


def test_fork(bench, sensor):
    p = bench.door("tcp_fork", 1234567)
    child = int(bench.talk(p).split()[1])
    bench.finish(p)
    _, rows = settled(sensor, child, 1234567)
    equal("the child's payload", payload(rows), 1234567)
    equal("the parent's payload", payload(rows_of(sensor.read(), p.pid)), 0)
    bench.leave(p)


def test_shared(bench, sensor):
    """Several processes on one socket: the sum is exact, and the rows say so."""
    before = sensor.read()
    p = bench.door("tcp_shared", 50000, port=PORT)
    sent = bench.finish(p)
    start = [r for r in before["rows"]]
    cgroup = os.stat(bench.cgroup).st_ino

    def mine(s):
        old = {r["instance"] for r in start}
        return [r for r in s["rows"] if r["cgroup_id"] == cgroup and r["proto"] == TCP and
                r["column"] == EGRESS and r["instance"] not in old]
    wait_for("all sent", lambda: payload(mine(sensor.read())) >= sent, 5)
    rows = mine(sensor.read())
    equal("sum", payload(rows), sent)
    assert any(r["flags"] & SHARED for r in rows), "shared flag"
    bench.leave(p)


def test_retransmissions(bench, sensor):
    """Losses on the way: payload stays exact, what is sent again is on its own."""
    dev = "v-peer"
    limit = bench.host.run(["tc", "qdisc", "replace", "dev", dev, "root", "tbf", "rate", "80mbit",
                            "burst", "20k", "limit", "30k"], check=False).strip()
    if limit:
        raise Skip(f"tc: {limit.splitlines()[0]}")
    try:
        p = bench.door("tcp_send", 6000000)
        sent = bench.finish(p)
        _, rows = settled(sensor, p.pid, sent)
        equal("payload", payload(rows), sent)
        if not rows[0]["val"]["retrans"]:
            raise Skip("nothing was lost on the way")
        bench.leave(p)
    finally:
        bench.host.run(["tc", "qdisc", "del", "dev", dev, "root"])


def test_old_sockets(bench, _):
    """Sockets opened before the sensor: owned, with a baseline, and the right side began."""
    connected = bench.door("tcp_old", 1234567)
    bench.talk(connected)
    accepted = bench.door("tcp_old_accept", 345678, HOST, 5433)
    bench.talk(accepted)
    client = bench.peer.start(["python3", "-c", f"import socket\ns=socket.create_connection(('{HOST}',5433))\n"
                               "while s.recv(1<<20): pass"])
    bench.talk(accepted)
    time.sleep(0.2)  # what was sent before has left; not asserted, only a clean start
    with Lab("collect") as lab:
        sensor = Probe(lab)
        for p, size, want in ((connected, 1234567, ("connected", PORT)), (accepted, 345678, ("accepted", 5433))):
            bench.release(p)
            equal("sent", bench.finish(p), size)
            _, rows = settled(sensor, p.pid, size)
            equal("payload", payload(rows), size)
            equal("init and port", [(r["init"], r["port"]) for r in rows if r["val"]["payload"]], [want])
            bench.leave(p)
    client.wait(10)


def test_kernel_answers(bench, sensor):
    """What the kernel answers by itself is the kernel's, in one row whoever asked."""
    def kernels(s):
        return payload(r for r in s["rows"] if r["flags"] & KERNEL and r["proto"] == ICMP and
                       not r["flags"] & LOOPBACK and r["daddr"] == "::")
    before = kernels(sensor.read())
    p = bench.peer.start([DOORS, "ping", HOST, "0", "1000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    equal("sent", bench.finish(p), 1000)
    wait_for("the answer", lambda: kernels(sensor.read()) > before, 5)
    equal("payload", kernels(sensor.read()) - before, 1000)
    bench.leave(p)


def test_life(bench, sensor):
    sensor.ask("life")
    p = subprocess.Popen(["/bin/echo", "one", "two words"], stdout=subprocess.DEVNULL)
    p.wait()

    def events():
        seen.extend(e for e in sensor.ask("life") if e["tgid"] == p.pid)
        return len(seen) >= 2
    seen = []
    wait_for("exec and exit", events, 5)
    equal("kinds", [e["kind"] for e in seen], ["exec", "exit"])
    equal("exe", seen[0]["exe"], "/bin/echo")
    equal("args", seen[0]["args"].split("\0")[:3], ["/bin/echo", "one", "two words"])
    equal("parent", seen[0]["ppid"], os.getpid())
