# SPDX-License-Identifier: Apache-2.0
"""(d) The slow drain, time-compressed: fourteen everyday days made from the real
recording, then the database leaves a little at a time for days over an accepted
connection, all through `egressctl replay`. The generator is the ground truth."""
import json
import time

import everyday
from lab import program, run

CLIENT = "198.51.100.200"
RATE_BYTES_PER_S = 20000  # the whole database in about half a day; a fast theft takes seconds
DRAIN_DAYS = 3


def drain_pass(world, rates):
    """Returns failures and one line for the summary."""
    key, _, _ = max(rates, key=lambda r: r[1])  # the postgres backends' own series, to another client
    stolen = {"from": None, "bytes": 0}

    def extra(ts):
        if ts < begin or stolen["bytes"] >= world.database_bytes:
            return []
        stolen["from"] = stolen["from"] or ts
        tx = RATE_BYTES_PER_S * everyday.STEP_S
        stolen["bytes"] += tx
        return [{**key, "dst": CLIENT, "scope": "public", "init": "accepted", "tx": tx}]

    end = int(time.time()) // everyday.STEP_S * everyday.STEP_S
    begin = end - DRAIN_DAYS * everyday.DAY_S + 2 * 3600
    trace = world.lab.path("drain.jsonl")
    everyday.write_days(trace, rates, world.database_bytes, end=end, days=everyday.DAYS + DRAIN_DAYS, extra=extra)
    return verdict(world, run([program("egressctl"), "replay", trace, "--json"]), stolen)


def verdict(world, output, stolen):
    events = [json.loads(line) for line in output.split("\n") if line.startswith("{")]
    alerts = [e for e in events if e.get("level") in ("ticket", "page") and e.get("event") in ("open", "update")]
    early = [e for e in alerts if e["ts"] < stolen["from"]]
    hits = [e for e in alerts if e["ts"] >= stolen["from"] and e.get("destination.ip", "").startswith("198.51.100.")]
    failures = [f"drain-d: everyday days raised a {e['level']}: {e['reason']}" for e in early if e["level"] == "page"]
    print(f"\n(d) slow drain of {RATE_BYTES_PER_S} B/s by an accepted client, {stolen['bytes']} bytes over days")
    if not hits:
        print("    MISSED")
        return failures + ["drain-d: missed"], "(d) slow drain: missed"
    e = hits[0]
    seconds = e["ts"] - stolen["from"]
    gone = seconds * RATE_BYTES_PER_S
    if e.get("process.name") != "postgres":
        failures.append(f"drain-d: process.name is {e.get('process.name')!r}")
    print(f"    {e['level']}: {e.get('reason')}")
    print(f"    first stolen byte to alert {seconds / 60:.0f} min; gone by then {gone / 1e6:.1f} MB,"
          f" {100 * gone / world.database_bytes:.1f} % of the database")
    return failures, (f"trace (d) slow drain at {RATE_BYTES_PER_S} B/s: {e['level']} after {seconds / 60:.0f} min,"
                      f" {100 * gone / world.database_bytes:.1f} % of the database gone")
