#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""FakeDaemon for shell tests: answers each operation with the lines of DIR/<op>.jsonl,
read anew at every request, so that a test changes what is said by replacing a file.
While DIR/garbage exists the answers are foreign bytes. Prints "ready" once it listens.

usage: file_daemon.py SOCKET DIR
"""
import os
import sys
import threading

from fake_daemon import FakeDaemon


class Files:
    def __init__(self, directory):
        self.directory = directory

    def get(self, op, otherwise):
        try:
            path = os.path.join(self.directory, os.path.basename(op) + ".jsonl")
            with open(path, encoding="utf-8", errors="surrogateescape") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return otherwise


class FileDaemon(FakeDaemon):
    def _answer(self, conn, f, op):
        if os.path.exists(os.path.join(self.answers.directory, "garbage")):
            conn.sendall(os.urandom(64))
            raise SystemExit  # of this thread: the connection closes
        try:
            super()._answer(conn, f, op)
        except (BrokenPipeError, ConnectionResetError):
            raise SystemExit from None


def main():
    path, directory = sys.argv[1:3]
    if os.path.exists(path):
        os.unlink(path)
    FileDaemon(path, Files(directory))
    print("ready", flush=True)
    threading.Event().wait()


main()
