#!/usr/bin/python3 -IS
# SPDX-License-Identifier: Apache-2.0
"""Scripted senders for tests/system/collect: a step at a time, where the doors of
tests/helpers/doors send all at once. Says how many bytes were accepted.

  doors.py DOOR ADDR PORT BYTES      prints `sent N`, then waits for a line on standard
                                     input, so that its /proc entry can be compared
  doors.py sink ADDR PORT            swallows TCP and UDP until it is ended

Doors that need two steps wait for a line before the second.
"""
import os
import socket
import struct
import sys
import threading


def say(text):
    print(text, flush=True)


def wait():
    sys.stdin.readline()


def tcp(addr, port):
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_STREAM)
    s.connect((addr, port))
    return s


def udp(addr):
    return socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)


def door_tcp_send(addr, port, size):
    s = tcp(addr, port)
    s.sendall(bytes(size))
    return s, size


def door_tcp_accept(addr, port, size):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    listener = socket.create_server((addr, port), family=family)
    say("listening")
    s, _ = listener.accept()
    s.sendall(bytes(size))
    return s, size


def door_mptcp_accept(addr, port, size):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)  # IPPROTO_MPTCP
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((addr, port))
    listener.listen()
    say("listening")
    s, _ = listener.accept()
    s.sendall(bytes(size))
    return s, size


def door_tcp_old(addr, port, size):
    """Sends a part, waits for the sensor to start, sends the rest."""
    s = tcp(addr, port)
    s.sendall(bytes(777777))
    say("open")
    wait()
    s.sendall(bytes(size))
    return s, size


def door_tcp_old_accept(addr, port, size):
    listener = socket.create_server((addr, port))
    say("listening")
    s, _ = listener.accept()
    s.sendall(bytes(77777))
    say("open")
    wait()
    s.sendall(bytes(size))
    return s, size


def door_tcp_fork(addr, port, size):
    """The parent connects, the child sends."""
    s = tcp(addr, port)
    child = os.fork()
    if not child:
        s.sendall(bytes(size))
        os._exit(0)
    os.waitpid(child, 0)
    say(f"child {child}")
    return s, 0


def door_tcp_shared(addr, port, size):
    """Parent and child take turns on one socket."""
    s = tcp(addr, port)
    for _ in range(3):
        s.sendall(bytes(size))
        child = os.fork()
        if not child:
            s.sendall(bytes(size))
            os._exit(0)
        os.waitpid(child, 0)
    return s, 6 * size


def datagrams(send, size, each=1000):
    sent = 0
    while sent < size:
        sent += send(bytes(min(each, size - sent)))
    return sent


def door_udp_sendto(addr, port, size):
    s = udp(addr)
    return s, datagrams(lambda b: s.sendto(b, (addr, port)), size)


def icmp_echo(size):
    body = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + bytes(size - 8)
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total & 0xFFFF) + (total >> 16)
    return body[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + body[4:]


def door_ping(addr, port, size):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    return s, s.sendto(icmp_echo(size), (addr, 0))


def door_unix_stream(addr, port, size):
    s, b = socket.socketpair()

    def drain():
        while b.recv(1 << 20):
            pass
    threading.Thread(target=drain, daemon=True).start()
    s.sendall(bytes(size))
    return s, size


def sink(addr, port):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    u = udp(addr)
    u.bind((addr, port))
    listener = socket.create_server((addr, port), family=family, backlog=64)

    def tcp_drain(s):
        with s:
            while s.recv(1 << 20):
                pass

    def udp_drain():
        while True:
            u.recv(1 << 16)
    threading.Thread(target=udp_drain, daemon=True).start()
    say("listening")
    while True:
        s, _ = listener.accept()
        threading.Thread(target=tcp_drain, args=(s,), daemon=True).start()


def main():
    name, addr, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if name == "sink":
        return sink(addr, port)
    try:
        kept, sent = globals()["door_" + name](addr, port, int(sys.argv[4]))
    except OSError as e:
        say(f"cannot {e}")
        return 0
    say(f"sent {sent}")
    wait()
    kept.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
