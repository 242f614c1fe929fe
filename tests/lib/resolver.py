#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in resolver: `resolver.py ADDRESS PORT NAME=VALUE...` answers A questions with
an address, PTR questions with a name, what it does not know with NXDOMAIN, and what is
called "silent" not at all. `resolver.py ask ADDRESS PORT NAME` asks for an A record over a
connected socket, `ask-unconnected` over one that is not; `resolver.py forge ADDRESS NAME
VALUE` sends an answer from port 53 of ADDRESS to a socket that asked nobody.
"""
import socket
import struct
import sys


def pack_name(name):
    return b"".join(bytes([len(w)]) + w.encode() for w in name.split(".")) + b"\0"


def read_name(message, at):
    words = []
    while message[at]:
        words.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(words), at + 1


def answer(question, table):
    name, at = read_name(question, 12)
    kind = struct.unpack("!H", question[at:at + 2])[0]
    value = table.get(name.lower())  # askers vary the case, against forgery
    if value == "silent":
        return None
    body = question[12:at + 4]
    if value is None:
        return question[:2] + struct.pack("!HHHHH", 0x8183, 1, 0, 0, 0) + body
    data = pack_name(value) if kind == 12 else socket.inet_aton(value)
    record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + body + record


def serve(address, port, table):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    while True:
        question, peer = s.recvfrom(2048)
        reply = answer(question, table)
        if reply:
            s.sendto(reply, peer)


def question_of(name):
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + pack_name(name) + struct.pack("!HH", 1, 1)


def ask(address, port, name, connected=True):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    if connected:
        s.connect((address, port))
        s.send(question_of(name))
    else:
        s.sendto(question_of(name), (address, port))
    print(len(s.recv(2048)))


def forge(address, name, value):
    """An answer nobody asked for, from port 53 of an address nobody asks, to a socket that
    waits for something else."""
    victim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    victim.bind(("127.0.0.1", 0))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 53))
    s.sendto(answer(question_of(name), {name: value}), victim.getsockname())
    print(len(victim.recv(2048)))


if __name__ == "__main__":
    if sys.argv[1] in ("ask", "ask-unconnected"):
        ask(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[1] == "ask")
    elif sys.argv[1] == "forge":
        forge(*sys.argv[2:5])
    else:
        serve(sys.argv[1], int(sys.argv[2]), dict(w.split("=", 1) for w in sys.argv[3:]))
