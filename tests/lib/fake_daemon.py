# SPDX-License-Identifier: Apache-2.0
"""A daemon of canned answers: speaks the control protocol (docs/protocol.md) on a unix
socket, so that a client can be tested without root, BPF or traffic. `answers` maps an
operation to a list of lines, to (exit status, words) for an ERROR, or to a function of
the request that gives either; operations in
`followed` stay open after their lines, until the client hangs up. Requests are kept."""
import json
import socket
import struct
import threading

MAGIC, VERSION = 0x45475253, 1
REQUEST, ROWS, END, ERROR = 1, 2, 3, 4
HEADER = struct.Struct("<IHHII")


class FakeDaemon:
    def __init__(self, path, answers, followed=()):
        self.answers, self.followed, self.requests = answers, followed, []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    @staticmethod
    def _frame(kind, body=b""):
        return HEADER.pack(MAGIC, VERSION, kind, len(body), 0) + body

    def _serve(self, conn):
        with conn, conn.makefile("rb") as f:
            while head := f.read(HEADER.size):
                request = json.loads(f.read(HEADER.unpack(head)[3]))
                self.requests.append(request)
                self._answer(conn, f, request)

    def _answer(self, conn, f, request):
        op = request["op"]
        lines = self.answers.get(op, (2, f'unknown operation "{op}"'))
        if callable(lines):
            lines = lines(request)
        if isinstance(lines, tuple):
            words = json.dumps({"status": lines[0], "error": lines[1]}).encode()
            conn.sendall(self._frame(ERROR, words))
            return
        body = "".join(line + "\n" for line in lines).encode()
        if body:
            conn.sendall(self._frame(ROWS, body))
        if op not in self.followed:
            conn.sendall(self._frame(END))
            return
        conn.sendall(self._frame(ROWS))  # from here on it is live
        f.read(1)  # the client hangs up
