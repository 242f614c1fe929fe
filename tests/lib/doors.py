#!/usr/bin/python3 -IS
# SPDX-License-Identifier: Apache-2.0
"""Sends an exact number of bytes through one door and says how many were accepted.

  doors.py DOOR ADDR PORT BYTES      prints `sent N`, then waits for a line on standard
                                     input, so that its /proc entry can be compared
  doors.py sink ADDR PORT            swallows TCP and UDP until it is ended

Doors that need two steps wait for a line before the second.
"""
import ctypes
import os
import socket
import struct
import sys
import threading

IPPROTO_MPTCP, IPPROTO_UDPLITE = 262, 136
UDP_SEGMENT, UDP_CORK, SOL_UDP = 103, 1, 17
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
AF_UNSPEC_ADDR = struct.pack("H14x", 0)


def say(text):
    print(text, flush=True)


def wait():
    sys.stdin.readline()


def tcp(addr, port, proto=0):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM, proto)
    s.connect((addr, port))
    return s


def udp(addr, proto=0):
    return socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM, proto)


def file_of(size):
    f = os.fdopen(os.memfd_create("doors"), "wb")
    f.truncate(size)
    return f


def send_file(s, size):
    with file_of(size) as f:
        at = 0
        while at < size:
            at += os.sendfile(s.fileno(), f.fileno(), at, size - at)
    return size


def door_tcp_send(addr, port, size):
    s = tcp(addr, port)
    s.sendall(bytes(size))
    return s, size


def door_tcp_writev(addr, port, size):
    s = tcp(addr, port)
    sent = 0
    while sent < size:
        sent += s.sendmsg([bytes(min(1000, size - sent))] * 1)
    return s, sent


def door_tcp_sendfile(addr, port, size):
    s = tcp(addr, port)
    return s, send_file(s, size)


def door_tcp_splice(addr, port, size):
    s = tcp(addr, port)
    splice = ctypes.CDLL(None, use_errno=True).splice
    r, w = os.pipe()
    left = size
    with file_of(size) as f:
        while left:
            n = splice(f.fileno(), None, w, None, min(left, 65536), 0)
            while n > 0:
                m = splice(r, None, s.fileno(), None, n, 0)
                n -= m
                left -= m
    return s, size


def door_tcp_zerocopy(addr, port, size):
    s = tcp(addr, port)
    s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    sent = 0
    while sent < size:
        sent += s.send(bytes(min(size - sent, 100000)), MSG_ZEROCOPY)
    return s, sent


def door_tcp_nonblocking(addr, port, size):
    """Asks for far more than is accepted; what counts is what was accepted."""
    s = tcp(addr, port)
    s.setblocking(False)
    sent = 0
    while sent < size:
        try:
            sent += s.send(bytes(size - sent))
        except BlockingIOError:
            pass
    return s, sent


def door_tcp_threads(addr, port, size):
    s = tcp(addr, port)
    threads = [threading.Thread(target=s.sendall, args=(bytes(size // 4),)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return s, size // 4 * 4


def door_mptcp(addr, port, size):
    s = tcp(addr, port, IPPROTO_MPTCP)
    s.sendall(bytes(size))
    return s, size


def door_tcp_reconnect(addr, port, size):
    """One socket, two lives: tcp_disconnect() takes its counters back to zero."""
    s = tcp(addr, port)
    s.sendall(bytes(size))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
    while s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[24:28] != bytes(4):
        pass  # tcpi_unacked: all of it is there
    if ctypes.CDLL(None).connect(s.fileno(), AF_UNSPEC_ADDR, 16):
        raise OSError("cannot disconnect")
    s.connect((addr, port))
    s.sendall(bytes(size))
    return s, 2 * size


def door_tcp_accept(addr, port, size):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    listener = socket.create_server((addr, port), family=family)
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


def door_tcp_broken(addr, port, size):
    """Writes to a socket that is shut: nothing leaves."""
    s = tcp(addr, port)
    s.shutdown(socket.SHUT_WR)
    try:
        s.send(bytes(size))
    except BrokenPipeError:
        pass
    return s, 0


def datagrams(send, size, each=1000):
    sent = 0
    while sent < size:
        sent += send(bytes(min(each, size - sent)))
    return sent


def door_udp_connected(addr, port, size):
    s = udp(addr)
    s.connect((addr, port))
    return s, datagrams(s.send, size)


def door_udp_sendto(addr, port, size):
    s = udp(addr)
    return s, datagrams(lambda b: s.sendto(b, (addr, port)), size)


def door_udp_sendfile(addr, port, size):
    s = udp(addr)
    s.connect((addr, port))
    return s, send_file(s, size)


def door_udplite(addr, port, size):
    s = udp(addr, IPPROTO_UDPLITE)
    return s, datagrams(lambda b: s.sendto(b, (addr, port)), size)


def door_udp_big(addr, port, size):
    """Larger than any packet: counted before it is cut into fragments."""
    s = udp(addr)
    return s, datagrams(lambda b: s.sendto(b, (addr, port)), size, 65000)


def door_udp_gso(addr, port, size):
    s = udp(addr)
    s.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
    return s, datagrams(lambda b: s.sendto(b, (addr, port)), size, 10500)


def door_udp_cork(addr, port, size):
    s = udp(addr)
    s.connect((addr, port))
    sent = 0
    while sent < size:
        s.setsockopt(SOL_UDP, UDP_CORK, 1)
        sent += s.send(bytes(300)) + s.send(bytes(200))
        s.setsockopt(SOL_UDP, UDP_CORK, 0)
    return s, sent


def door_udp_server(addr, port, size):
    """Answers from a port it chose: that port is the service."""
    s = udp(addr)
    s.bind(("", port))
    return s, datagrams(lambda b: s.sendto(b, (addr, 45678)), size)


def icmp_echo(size):
    body = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + bytes(size - 8)
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total & 0xFFFF) + (total >> 16)
    return body[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + body[4:]


def door_ping(addr, port, size):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    return s, s.sendto(icmp_echo(size), (addr, 0))


def door_raw(addr, port, size):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    return s, s.sendto(icmp_echo(size), (addr, 0))


def door_raw_header(addr, port, size):
    """IP_HDRINCL: the whole packet is the application's."""
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 253, 0, bytes(4), socket.inet_aton(addr))
    return s, s.sendto(head + bytes(size - 20), (addr, 0))


def unix_pair(kind):
    a, b = socket.socketpair(socket.AF_UNIX, kind)

    def drain():
        while b.recv(1 << 20):
            pass
    threading.Thread(target=drain, daemon=True).start()
    return a


def door_unix_stream(addr, port, size):
    s = unix_pair(socket.SOCK_STREAM)
    s.sendall(bytes(size))
    return s, size


def door_unix_sendfile(addr, port, size):
    s = unix_pair(socket.SOCK_STREAM)
    return s, send_file(s, size)


def door_unix_dgram(addr, port, size):
    s = unix_pair(socket.SOCK_DGRAM)
    return s, datagrams(s.send, size)


def door_unix_seqpacket(addr, port, size):
    s = unix_pair(socket.SOCK_SEQPACKET)
    return s, datagrams(s.send, size)


def door_vsock(addr, port, size):
    listener = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    listener.bind((1, port))
    listener.listen(1)
    s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    s.connect((1, port))
    peer, _ = listener.accept()

    def drain():
        while peer.recv(1 << 20):
            pass
    threading.Thread(target=drain, daemon=True).start()
    s.sendall(bytes(size))
    return s, size


def door_packet(addr, port, size):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("lo", 0))
    frame = bytes(12) + b"\x88\xb5"  # an ethertype for experiments
    return s, datagrams(lambda b: s.send(frame + b[14:] if len(b) > 14 else b), size)


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
