# SPDX-License-Identifier: Apache-2.0
"""What the siem-* scripts share: printing results, event ids, an exporter with sinks."""
import os
import sys
import tempfile
import time

from exporter import Exporter, alert

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


def main(name, parts):
    """Runs each part in a directory of its own making; the exit status."""
    if not os.access(PROGRAM, os.X_OK):
        skip(name, "no egressd-export: make all")
        return 0
    with tempfile.TemporaryDirectory() as state["tmp"]:
        os.chmod(state["tmp"], 0o755)
        for part in parts:
            if len(sys.argv) > 1 and part.__name__ not in sys.argv[1:]:
                continue
            try:
                part()
            except (AssertionError, OSError, KeyError, ValueError, IndexError) as e:
                check(part.__name__, False, f"{type(e).__name__}: {e}")
            for x in state["running"]:
                if x.process and x.process.poll() is None:
                    x.kill()
            state["running"].clear()
    return 1 if state["failures"] else 0
