# SPDX-License-Identifier: Apache-2.0
"""What the siem-* scripts share: printing results, event ids, an exporter with sinks."""
import os
import signal
import subprocess
import sys
import tempfile
import time

from exporter import Exporter, alert
from lab import exit_when_told

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
PROGRAM = os.path.join(BUILD, "egressd-export")
state = {"failures": 0, "tmp": None, "running": []}


def check(name, good, why=""):
    if good:
        print(f"ok {name}", flush=True)
    else:
        state["failures"] += 1
        print(f"not ok {name}: {why}", flush=True)
    return good


def skip(name, why):
    print(f"SKIP {name} {why}", flush=True)


def tmp(*parts):
    return os.path.join(state["tmp"], *parts)


def helper(name):
    return os.path.join(BUILD, "tests", "helpers", name)


def ids(first, last):
    return [f"e{n:08d}" for n in range(first, last + 1)]


def once(seq):
    """Without repeats, in the order of first arrival."""
    return list(dict.fromkeys(seq))


def run(sinks, count=0, **kw):
    """A started exporter that was handed `count` alerts."""
    x = Exporter(PROGRAM, sinks, log=tmp("log"), **kw)
    state["running"].append(x)
    x.start()
    for n in range(1, count + 1):
        x.append(alert(n))
    return x


def sink(kind, receiver, **more):
    paths = {"otlp": "/v1/logs"}
    return {"name": kind, "type": kind, "url": f"http://127.0.0.1:{receiver.port}{paths.get(kind, '')}", "linger": "20ms",
            "timeout": "2s", **({"token": "t0ken"} if kind == "splunk" else {}), **more}


def wait_until(fn, seconds=20):
    """The first true answer of fn, or its last one."""
    until = time.monotonic() + seconds
    while True:
        r = fn()
        if r or time.monotonic() > until:
            return r
        time.sleep(0.02)


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as f:
        return f.read()


def run_part(part):
    """In a directory of its own; ends what it left running."""
    with tempfile.TemporaryDirectory() as state["tmp"]:
        os.chmod(state["tmp"], 0o755)
        try:
            part()
        except (AssertionError, OSError, KeyError, ValueError, IndexError, subprocess.SubprocessError) as e:
            check(part.__name__, False, f"{type(e).__name__}: {e}")
        finally:
            for x in state["running"]:
                if x.process and x.process.poll() is None:
                    x.kill()
            state["running"].clear()


def in_processes(parts, count):
    """The same, `count` at a time: they mostly wait. True when one has failed."""
    running, failed = {}, False
    for part in parts:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            try:
                run_part(part)
            except BaseException as e:  # whatever it is: this process must not go on as its parent would
                check(part.__name__, False, f"{type(e).__name__}: {e}")
            sys.stdout.flush()
            os._exit(1 if state["failures"] else 0)
        running[pid] = part
        while len(running) >= count or (part is parts[-1] and running):
            try:
                pid, status = os.wait()
            except SystemExit:
                for pid in running:
                    os.kill(pid, signal.SIGTERM)
                raise
            if running.pop(pid, None):
                failed = failed or status != 0
    return failed


def main(name, parts, at_once=1):
    """Runs the parts (named on the command line, or all); the exit status."""
    if not os.access(PROGRAM, os.X_OK):
        skip(name, "no egressd-export: make all")
        return 0
    exit_when_told()
    parts = [p for p in parts if len(sys.argv) < 2 or p.__name__ in sys.argv[1:]]
    if at_once > 1:
        return 1 if in_processes(parts, at_once) else 0
    for part in parts:
        run_part(part)
    return 1 if state["failures"] else 0
