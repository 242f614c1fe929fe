# SPDX-License-Identifier: Apache-2.0
"""Everyday traffic: pgbench against the database, and fourteen days of it made from
one real recording, as a trace for `egressctl replay --baseline-out`.
"""
import json
import time

from lab import program, run
from postgres import BIN

# One everyday lookup of the application: twenty records of the registry.
LOOKUP = "\\set a random(1, {last})\nSELECT * FROM person WHERE id BETWEEN :a AND :a + 19;\n"
LOOKUPS_PER_S = 60
DAY_S, STEP_S, DAYS = 86400, 60, 14
# Share of the busiest hour, by hour of the day (UTC): offices open at 8, lunch, close at 18.
HOURS = [12, 10, 8, 8, 8, 10, 20, 45, 80, 95, 100, 95, 75, 85, 95, 90, 80, 60, 40, 30, 25, 20, 18, 15]


def prepare(lab, pg, rows):
    pg.psql("CREATE DATABASE shop")
    run([f"{BIN}/pgbench", "-i", "-q", "-s", "2", "-h", pg.socket, "-p", str(pg.port), "-U", "postgres", "shop"])
    with open(lab.path("lookup.sql"), "w", encoding="ascii") as f:
        f.write(LOOKUP.format(last=rows - 20))


def start(app, address, lab):
    """pgbench from the application's host, until the lab ends: bookings and lookups."""
    common = [f"{BIN}/pgbench", "-n", "-h", address, "-U", "postgres", "-T", "3600", "-c", "2", "-j", "1"]
    app.start(common + ["-R", "40", "shop"], log="pgbench-shop.log")
    app.start(common + ["-R", str(LOOKUPS_PER_S), "-f", lab.path("lookup.sql"), "registry"], log="pgbench-lookup.log")


def recorded_rates(recording):
    """Series of a real recording (without loopback and host-local) with bytes per second."""
    series, first, last = {}, None, None
    with open(recording, encoding="utf-8") as f:
        interval = json.loads(f.readline())["interval_s"]
        for line in f:
            row = json.loads(line)
            first, last = first if first is not None else row["ts"], row["ts"]
            key = {k: v for k, v in row.items() if k not in ("ts", "tx", "rd")}
            entry = series.setdefault(json.dumps(key, sort_keys=True), [key, 0, 0])
            entry[1] += row.get("tx") or 0
            entry[2] += row.get("rd") or 0
    seconds = last - first + interval
    return [(key, tx / seconds, rd / seconds) for key, tx, rd in series.values()
            if key.get("scope") not in ("loopback", "host-local")]


def jitter(n):
    """0.75 .. 1.25, the same each time."""
    return 0.75 + ((n * 2654435761) & 0xFFFF) / 131072


def write_days(path, rates, database_bytes, end=None, days=DAYS, extra=None):
    """A trace of `days` of these rates, ending now; `extra(ts)` may add rows of a step."""
    end = int(end or time.time()) // STEP_S * STEP_S
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps({"trace": "egress", "version": 1, "interval_s": STEP_S, "db_bytes": database_bytes}) + "\n")
        for n, ts in enumerate(range(end - days * DAY_S, end, STEP_S)):
            share = HOURS[ts % DAY_S // 3600] / 100 * (0.4 if ts // DAY_S % 7 in (2, 3) else 1)
            for key, tx, rd in rates:
                k = share * jitter(n) * STEP_S
                f.write(json.dumps({**key, "ts": ts, "tx": int(tx * k), "rd": int(rd * k)}) + "\n")
            for row in extra(ts) if extra else ():
                f.write(json.dumps({**row, "ts": ts}) + "\n")
    return end


def learn(lab, rates, database_bytes):
    """The state fourteen such days leave behind, and the trace that made it."""
    trace, state = lab.path("everyday.jsonl"), lab.path("everyday.state")
    write_days(trace, rates, database_bytes)
    out = run([program("egressctl"), "replay", trace, "--json", "--baseline-out", state])
    return state, json.loads(out.strip().split("\n")[-1])["summary"]
