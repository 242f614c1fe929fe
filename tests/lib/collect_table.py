# SPDX-License-Identifier: Apache-2.0
"""The table of flows: idle rows leave it without a byte lost, also in full flow; a full one
says so."""
import time

from collect_bench import PEER, PORT
from lab import Lab, run, wait_for
from probe import DUMP, EGRESS, Probe, equal, payload, rows_of, settled


def test_drain(bench, _):
    """Idle rows leave the table, their bytes stay in the sums; also over a restart."""
    with Lab("collect") as lab:
        sensor = Probe(lab, "--pin", bench.pins)
        p = bench.door("udp_sendto", 100000)
        sent = bench.finish(p)
        settled(sensor, p.pid, sent)
        before = sensor.read()["after"][EGRESS]["payload"]
        drained = 0
        end = time.monotonic() + 10
        while rows_of(sensor.read(), p.pid) and time.monotonic() < end:
            time.sleep(0.05)
            drained += max(sensor.ask("drain 20")["drained"], 0)
        s = sensor.read()
        equal("rows left", len(rows_of(s, p.pid)), 0)
        assert drained >= 1, "something was drained"
        assert s["drained"][EGRESS]["payload"] >= sent, "its bytes are in drained"
        assert s["after"][EGRESS]["payload"] >= before, "the total only rises"
        time.sleep(1.1)
        sensor.ask("drain 60000")  # releases what was retired a second ago
        kept = sensor.read()["drained"][EGRESS]["payload"]
        sensor.p.kill()
        sensor.p.wait()
        again = Probe(lab, "--pin", bench.pins)
        s = again.read()
        assert s["drained"][EGRESS]["payload"] >= kept, "drained survives"
        q = bench.door("udp_sendto", 100000)  # into slots that were used before
        _, rows = settled(again, q.pid, bench.finish(q))
        equal("payload in a used slot", payload(rows), 100000)
        for x in (p, q):
            bench.leave(x)
        again.close()
        run([DUMP, "--detach", "--pin", bench.pins])


def test_drain_under_traffic(bench, _):
    """Rows that are taken out again and again while their sockets go on sending: attached to
    the test's own cgroup, the sum must be the senders' sum."""
    code = ("import socket,time,sys\n"
            "s=[socket.socket(socket.AF_INET,socket.SOCK_DGRAM) for _ in range(20)]\n"
            f"t=socket.create_connection(('{PEER}',{PORT}))\n"
            "for i in range(150):\n"
            f"  for n,u in enumerate(s): u.sendto(bytes(100),('{PEER}',20000+n))\n"
            "  t.sendall(bytes(1000))\n"
            "  time.sleep(0.02 + 0.05 * (i % 3))\n")
    with Lab("collect") as lab:
        sensor = Probe(lab, "--cgroup", bench.cgroup, "--pin", bench.pins)
        p = lab.start(["sh", "-c", f"echo $$ > {bench.cgroup}/cgroup.procs && exec \"$@\"", "sh"] +
                      bench.host.inside(["python3", "-c", code]))
        drained = 0
        while p.poll() is None:
            sensor.read()
            drained += max(sensor.ask("drain 1")["drained"], 0)
        want = 150 * (20 * 100 + 1000)
        wait_for("all sent", lambda: sensor.read()["after"][EGRESS]["payload"] >= want, 5)
        for _ in range(3):
            time.sleep(1.05)
            sensor.read()
            sensor.ask("drain 1")
        s = sensor.read()
        assert drained > 40, f"rows were drained in flight: {drained}"
        equal("total", s["after"][EGRESS]["payload"], want)
        equal("sum", payload(r for r in s["rows"] if r["column"] == EGRESS) + s["drained"][EGRESS]["payload"] +
              s["unattributed"][EGRESS]["payload"], want)
        assert s["drained"][EGRESS]["payload"] > want // 2, "most of it is in drained"
        sensor.close()
        run([DUMP, "--detach", "--pin", bench.pins])


def test_full(bench, _):
    """A full table: bytes go to nobody, none is lost, and it is said. In a cgroup of its own: what others
    send meanwhile would be nobody's, too."""
    with Lab("collect") as lab:
        sensor = Probe(lab, "--flows", "64", "--cgroup", bench.cgroup)
        before = sensor.read()
        p = bench.lab.start(["sh", "-c", f"echo $$ > {bench.cgroup}/cgroup.procs && exec \"$@\"", "sh"] + bench.host.inside(
            ["python3", "-c", "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
             f"for i in range(300): s.sendto(bytes(100),('{PEER}',10000+i))"]))
        p.wait(10)
        s = sensor.read()
        assert s["flow_map_full"] > 200, "flow_map_full"
        assert s["inexact"], "the interval is marked"
        rise = s["after"][EGRESS]["payload"] - before["after"][EGRESS]["payload"]
        equal("total", rise, 30000)
        mine = payload(rows_of(s, p.pid)) + s["unattributed"][EGRESS]["payload"]
        equal("rows and unattributed", mine, 30000)
