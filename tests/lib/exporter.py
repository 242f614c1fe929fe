# SPDX-License-Identifier: Apache-2.0
"""Plays the daemon for one egressd-export: hands it sinks and records over the link as
far as it gives credit, and keeps what it acknowledges and refuses. See user/sink/link.h."""
import os
import signal
import socket
import struct
import subprocess
import threading
import time

SINK, START, RECORD, METRICS, CREDIT, ACK, REJECT, STATE = range(1, 9)
HEADER = struct.Struct("=IBBHQ")


class Exporter:
    def __init__(self, program, sinks, host="db-07", metrics=None, log=None):
        """sinks: a list of dicts of text; metrics: a listening socket."""
        self.program, self.sinks, self.host, self.metrics, self.log = program, sinks, host, metrics, log
        self.records = []  # (sequence, line), in order; the spool
        self.acked = [0] * len(sinks)
        self.rejected = [{} for _ in sinks]
        self.states = [{} for _ in sinks]
        self.lock = threading.Lock()
        self.process = None

    def start(self):
        ours, theirs = socket.socketpair()
        fds = [theirs.fileno()] + ([self.metrics.fileno()] if self.metrics else [])
        self.process = subprocess.Popen(
            [*([self.program] if isinstance(self.program, str) else self.program), str(theirs.fileno()), str(self.metrics.fileno()) if self.metrics else "-"],
            pass_fds=fds, stderr=open(self.log, "ab") if self.log else None)
        theirs.close()
        self.link, self.credit, self.next = ours, [0] * len(self.sinks), [a + 1 for a in self.acked]
        for n, sink in enumerate(self.sinks):
            self.send(SINK, n, 0, b"".join(k.encode() + b"\0" + str(v).encode() + b"\0" for k, v in sink.items()))
        self.send(START, 0, 0, self.host.encode())
        self.reader = threading.Thread(target=self.read, args=(ours,), daemon=True)
        self.reader.start()

    def send(self, kind, sink, sequence, payload):
        self.link.sendall(HEADER.pack(len(payload), kind, sink, 1, sequence) + payload)

    def read(self, link):
        data = b""
        while True:
            try:
                chunk = link.recv(1 << 16)
            except OSError:
                return
            if not chunk:
                return
            data += chunk
            while len(data) >= HEADER.size:
                length, kind, sink, _, sequence = HEADER.unpack_from(data)
                if len(data) < HEADER.size + length:
                    break
                payload, data = data[HEADER.size:HEADER.size + length], data[HEADER.size + length:]
                with self.lock:
                    self.take(kind, sink, sequence, payload)
                self.feed()

    def take(self, kind, sink, sequence, payload):
        if kind == CREDIT:
            self.credit[sink] += sequence
        elif kind == ACK:
            assert self.acked[sink] <= sequence < self.next[sink], "acknowledged what was not sent"
            self.acked[sink] = sequence
        elif kind == REJECT:
            self.rejected[sink][sequence] = payload.decode()
        elif kind == STATE:
            import json
            self.states[sink] = json.loads(payload)

    def append(self, line):
        """A record in the spool; handed on as there is credit."""
        with self.lock:
            self.records.append((len(self.records) + 1, line))
        self.feed()

    def feed(self):
        with self.lock:
            try:
                for n in range(len(self.sinks)):
                    frames = bytearray()
                    while self.credit[n] and self.next[n] <= len(self.records):
                        sequence, line = self.records[self.next[n] - 1]
                        payload = line.encode()
                        frames += HEADER.pack(len(payload), RECORD, n, 1, sequence) + payload
                        self.next[n] += 1
                        self.credit[n] -= 1
                    if frames:
                        self.link.sendall(frames)
            except OSError:
                pass  # it died: everything unacknowledged comes again

    def wait_acked(self, sink, sequence=None, seconds=20):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.acked[sink] >= (len(self.records) if sequence is None else sequence):
                return True
            time.sleep(0.02)
        return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.link.close()
        self.reader.join(5)

    def stop(self):
        """The daemon goes: the exporter ends by itself. Its exit status."""
        self.link.shutdown(socket.SHUT_RDWR)
        self.link.close()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


def alert(n, event="open", **more):
    import json
    return json.dumps({"@timestamp": "2024-05-01T02:13:40Z", "ts": 1714529620 + n, "host": "db-07",
                       "alert.id": f"{n:032x}", "event.id": f"e{n:08d}", "event": event, "event.sequence": n,
                       "level": "page", "alert.peak_level": "page", "event.severity": 73, "rule": "pair",
                       "score": 61.5, "tx_total": 5000000 + n, "observed": 5000000, "baseline": 10, "horizon_s": 60,
                       "process.name": "pg_dump", "user.name": "mallory", "destination.ip": "203.0.113.7",
                       "egress.initiation": "connected", "service.port": 443,
                       "reason": f"pg_dump sent much, event {n}.", **more})
