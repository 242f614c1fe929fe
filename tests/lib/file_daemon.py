#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""FakeDaemon for shell tests: answers each operation with the lines of DIR/<op>.jsonl,
read anew at every request, so that a test changes what is said by replacing a file.
While DIR/garbage exists the answers are foreign bytes; while DIR/slow-<op> exists that
operation is not answered. Prints "ready" once it listens.

usage: file_daemon.py SOCKET DIR
"""
import json
import os
import sys
import threading
import time

from fake_daemon import END, ERROR, ROWS, FakeDaemon

FRAME_LINES = 500  # keeps a ROWS frame below 1 MiB with lines below 2 kB


class FileDaemon(FakeDaemon):
    def _answer(self, conn, f, request):
        try:
            self._answer_file(conn, request["op"])
        except (BrokenPipeError, ConnectionResetError):
            raise SystemExit from None  # of this thread: the connection closes

    def _answer_file(self, conn, op):
        if os.path.exists(os.path.join(self.answers, "garbage")):
            conn.sendall(os.urandom(64))
            raise SystemExit
        while os.path.exists(os.path.join(self.answers, "slow-" + os.path.basename(op))):
            time.sleep(0.05)
        try:
            with open(os.path.join(self.answers, os.path.basename(op) + ".jsonl"), "rb") as rows:
                lines = rows.read().splitlines(keepends=True)
        except FileNotFoundError:
            words = json.dumps({"status": 2, "error": f'unknown operation "{op}"'})
            conn.sendall(self._frame(ERROR, words.encode()))
            return
        for i in range(0, len(lines), FRAME_LINES):
            conn.sendall(self._frame(ROWS, b"".join(lines[i:i + FRAME_LINES])))
        conn.sendall(self._frame(END))


def main():
    path, directory = sys.argv[1:3]
    if os.path.exists(path):
        os.unlink(path)
    FileDaemon(path, directory)
    print("ready", flush=True)
    threading.Event().wait()


main()
