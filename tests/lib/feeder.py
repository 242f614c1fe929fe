# SPDX-License-Identifier: Apache-2.0
"""Drives tests/probe/feeder.c: the daemon's spool and exporter without its kernel side.
Keeps the event ids that were said to be on disk."""
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time

from siem import BUILD, helper, tmp


class Feeder:
    def __init__(self, name, sinks, spool_bytes=4 << 20, more=""):
        """sinks: dicts as in the configuration (files, not contents); more: text before them."""
        self.dir, self.spool_bytes = tmp(name), spool_bytes
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        # The exporter is started from the program's own directory.
        self.program = os.path.join(self.dir, "feeder")
        shutil.copy(os.path.join(BUILD, "tests", "probe", "feeder"), self.program)
        shutil.copy(os.path.join(BUILD, "egressd-export"), self.dir)
        self.config = os.path.join(self.dir, "egressd.yaml")
        self.configure(sinks, more)
        self.committed, self.failed, self.process, self.answers = [], [], None, queue.Queue()

    def configure(self, sinks, more=""):
        self.sinks = sinks
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(more + "sinks:\n" + "".join("  - " + "\n    ".join(f"{k}: {json.dumps(v) if isinstance(v, str) else v}" for k, v in s.items()) + "\n"
                                         for s in sinks))

    def start(self, fault=None, count=None):
        """fault: (calls, from, to, action) of tests/helpers/faulty.c. False: it ended at once."""
        argv = [self.program, os.path.join(self.dir, "state"), self.config, str(self.spool_bytes)]
        os.makedirs(argv[1], exist_ok=True)
        if fault:
            argv = [helper("faulty"), *(str(f) for f in fault), *argv]
        env = dict(os.environ, **({"FAULTY_COUNT": count} if count else {}))
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=env)
        if self.process.stdout.readline() != b"ready\n":
            self.process.wait()
            return False
        self.waiting, self.said = [], threading.Condition()
        self.reader = threading.Thread(target=self.read, args=(self.process,), daemon=True)
        self.reader.start()
        return True

    def read(self, process):
        for line in process.stdout:
            with self.said:
                if line.startswith(b"{"):
                    self.answers.put(json.loads(line))
                    continue
                event = self.waiting.pop(0)
                (self.committed if line.startswith(b"+") else self.failed).append(event)
                self.said.notify_all()

    def append(self, lines):
        """Hands over events (JSON text); they count as committed once the feeder says so."""
        with self.said:
            self.waiting += [json.loads(line)["event.id"] for line in lines]
        try:
            self.process.stdin.write("".join(line + "\n" for line in lines).encode())
            self.process.stdin.flush()
        except OSError:
            return

    def wait_said(self, seconds=30):
        """Until every event handed over was answered, or the feeder has ended."""
        until = time.monotonic() + seconds
        with self.said:
            while self.waiting and self.process.poll() is None and time.monotonic() < until:
                self.said.wait(0.1)

    def numbers(self):
        self.process.stdin.write(b"?\n")
        self.process.stdin.flush()
        return self.answers.get(timeout=10)

    def behind(self):
        return [s["sink.behind"] for s in self.numbers()["sinks"]]

    def wait_drained(self, seconds=30, sinks=None):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            behind = self.behind()
            if not any(behind if sinks is None else [behind[n] for n in sinks]):
                return True
            time.sleep(0.05)
        return False

    def exporter(self):
        """The child's pid, or None."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            for pid in f.read().split():
                with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                    if comm.read().startswith("egressd-export"):
                        return int(pid)
        return None

    def stop(self, sig=signal.SIGTERM):
        """Ends it; its exit status."""
        self.process.send_signal(sig)
        status = self.process.wait(20)
        self.end()
        return status

    def end(self):
        """After it has ended by itself."""
        self.process.wait(20)
        self.reader.join(5)
        self.process.stdin.close()
        self.log.close()
