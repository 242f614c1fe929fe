# SPDX-License-Identifier: Apache-2.0
"""Pins: adoption after kill -9, a link that somebody took off, refusals, two side by side."""
import ctypes
import errno
import json
import os
import signal
import struct
import subprocess

from collect_bench import queue_empty
from lab import Lab, Skip, run, wait_for
from probe import DUMP, HANDOFF, Probe, equal, payload, rows_of, settled

SYS_BPF, BPF_OBJ_GET, BPF_PROG_GET_FD_BY_ID = 321, 7, 13  # 321: x86-64


def bpf(command, *words):
    """bpf(2): a descriptor, or -1. Each word of the attributes is 32 bits."""
    libc = ctypes.CDLL(None)
    attr = struct.pack(f"{len(words)}I", *words).ljust(128, b"\0")
    return libc.syscall(ctypes.c_long(SYS_BPF), ctypes.c_int(command), attr, ctypes.c_uint(len(attr)))


def program_id(path):
    """Of the program that a pinned link holds."""
    name = ctypes.create_string_buffer(path.encode())
    address = ctypes.addressof(name)
    fd = bpf(BPF_OBJ_GET, address & 0xffffffff, address >> 32)
    with open(f"/proc/self/fdinfo/{fd}", encoding="utf-8") as f:
        text = f.read()
    os.close(fd)
    return int(text.split("prog_id:")[1].split()[0])


def program_lives(number):
    """Detached from the cgroup some time after its link's file is removed, and freed then."""
    fd = bpf(BPF_PROG_GET_FD_BY_ID, number)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def test_adopt(bench, _):
    """kill -9 in full flow: counting goes on, the next daemon has every byte."""
    with Lab("collect") as lab:
        first = Probe(lab, "--pin", bench.pins)
        p1 = bench.door("tcp_send", 2000000)
        sent1 = bench.finish(p1)
        settled(first, p1.pid, sent1)
        try:
            Probe(lab, "--pin", bench.pins)
            raise AssertionError("a second sensor took the same pins")
        except RuntimeError as e:
            assert "busy" in str(e), e
        first.p.send_signal(signal.SIGKILL)
        first.p.wait()
        p2 = bench.door("tcp_send", 3000000)  # nobody is looking
        sent2 = bench.finish(p2)
        wait_for("queue empty", lambda: queue_empty(bench, p2.pid))
        second = Probe(lab, "--pin", bench.pins)
        assert second.ask("rungs")["adopted"], "adopted"
        s = second.read()
        equal("payload before the kill", payload(rows_of(s, p1.pid)), sent1)
        equal("payload of the gap", payload(rows_of(s, p2.pid)), sent2)
        for p in (p1, p2):
            bench.leave(p)
        second.close()
        equal("detach", json.loads(run([DUMP, "--detach", "--pin", bench.pins]))["detach"], 0)
        assert not os.path.exists(bench.pins), "pins are gone"


def test_detached_link(bench, _):
    """Somebody removes the pinned program: the next start attaches it anew, says so, keeps the
    sums, and bills the gap of a connection that outlived it."""
    with Lab("collect") as lab:
        first = Probe(lab, "--pin", bench.pins)
        p = bench.door("tcp_old", 500000)
        bench.talk(p)
        settled(first, p.pid, 777777)
        first.p.kill()
        first.p.wait()
        links = [os.path.join(d, f) for d, _, files in os.walk(bench.pins) for f in files if f.startswith("egress")]
        equal("pinned egress links", len(links), 1)
        program = program_id(links[0])
        os.unlink(links[0])
        wait_for("the program to be gone", lambda: not program_lives(program))
        bench.release(p)
        equal("sent", bench.finish(p), 500000)
        wait_for("queue empty", lambda: queue_empty(bench, p.pid))
        again = Probe(lab, "--pin", bench.pins)
        rungs = again.ask("rungs")
        equal("said", (rungs["adopted"], rungs["tamper"]), (True, "detached"))
        equal("self-test", rungs["self-test"], "passed")
        equal("kept", payload(rows_of(again.read(), p.pid)), 777777)
        bench.leave(p)
        equal("with the gap", payload(settled(again, p.pid, 777777 + 500000)[1]), 777777 + 500000)
        again.close()
        run([DUMP, "--detach", "--pin", bench.pins])


def refusal(*argv):
    p = subprocess.run([*argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, text=True, check=False)
    return json.loads(p.stdout.splitlines()[0]).get("error", 0)


def test_refusals(bench, _):
    equal("unprivileged", refusal("setpriv", "--reuid=65534", "--clear-groups", "--", DUMP), -errno.EPERM)
    os.makedirs(os.path.join(bench.pins, "abi99"))
    equal("pins of another ABI", refusal(DUMP, "--pin", bench.pins), -errno.EINVAL)
    equal("detach", json.loads(run([DUMP, "--detach", "--pin", bench.pins]))["detach"], 0)
    nowhere = bench.lab.path("not", "a", "bpffs")
    with Lab("collect") as lab:  # goes on, unpinned, and says so
        equal("pins", Probe(lab, "--pin", nowhere).ask("rungs")["pins"], "missing")
    assert not os.path.exists(nowhere), "no directory is made where no pin can be"


def test_side_by_side(bench, sensor):
    with Lab("collect") as lab:
        other = Probe(lab, "--pin", bench.pins)
        p = bench.door("tcp_send", 400000)
        sent = bench.finish(p)
        for s in (sensor, other):
            equal("payload", payload(settled(s, p.pid, sent)[1]), sent)
        bench.leave(p)
        other.close()
        run([DUMP, "--detach", "--pin", bench.pins])


def test_classic_handoff(bench, _):
    with Lab("collect") as lab:
        sensor = Probe(lab, "--rung", "tracepoint")
        if not sensor.ask("rungs")["handoff"].startswith("tracepoint"):
            raise Skip("no classic tracepoint sock_send_length")
        p = bench.door("unix_stream", 700000)
        sent = bench.finish(p)
        equal("payload", payload(settled(sensor, p.pid, sent, HANDOFF)[1]), sent)
        bench.leave(p)
