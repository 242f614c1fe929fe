# SPDX-License-Identifier: Apache-2.0
"""A made-up host over some weeks, as a trace (docs/trace.md) and the truth beside it.

A Scene collects rows; everyday() fills it with what a database host does every day.
Rows that are theft are added to the truth as they are written, so that a judge can
tell at any time how much had left. The same seed gives the same bytes.
"""
import json
import os
import random

DAY = 86400
START = 1714521600  # 2024-05-01T00:00:00Z, a Wednesday
GB, MB, KB = 10**9, 10**6, 10**3
TRUTH_POINTS = 4000  # of the curve of stolen bytes
# Share of the busiest hour, by hour of the day: an office that works from 7 to 18.
HOURS = [.10, .08, .08, .08, .10, .15, .30, .60, .85, .95, 1.0, .95, .85, .95, 1.0, .95, .85,
         .60, .40, .30, .25, .20, .15, .12]
WEEKEND = .4
HEAD = "ts,exe,user,container,dst,port,proto,init,tx,rd\n"


def who(exe, user, container=""):
    return f"{exe},{user},{container}"


def to(dst, port, init="connected", proto="tcp"):
    return f"{dst},{port},{proto},{init}"


POSTGRES = who("/usr/lib/postgresql/16/bin/postgres", "postgres")
BACKUP = who("/usr/bin/pgbackrest", "postgres")
EXPORTER = who("/usr/bin/node_exporter", "prometheus")
RSYSLOG = who("/usr/sbin/rsyslogd", "root")
VAULT = to("10.9.0.5", 22)
APPS = to("10.2.0.11", 5432, "accepted")
REPORTS = to("10.3.0.21", 5432, "accepted")
REPLICA = to("10.4.0.2", 5432, "accepted")


def load(ts):
    """How busy an office is, 0 to 1."""
    week_day = (ts // DAY + 3) % 7  # 1970-01-01 was a Thursday
    return HOURS[ts // 3600 % 24] * (WEEKEND if week_day >= 5 else 1)


class Scene:
    """`days` of a host in intervals of `interval` seconds."""

    def __init__(self, seed, days, interval=60, db=100 * GB, warm=16):
        self.rnd = random.Random(seed)
        self.days, self.interval, self.db, self.warm = days, interval, db, warm
        self.end = START + int(days * DAY)
        self.rows = []
        self.stolen = []
        self.truth = {}
        self.config = ""

    def at(self, day, hour=0.0):
        """That time, in whole intervals."""
        ts = START + int(day * DAY + hour * 3600)
        return ts - ts % self.interval

    def some_time(self, day, first=0.0, last=24.0):
        """A seeded moment of that day."""
        return self.at(day, self.rnd.uniform(first, last))

    def put(self, ts, actor, peer, tx, rd=0):
        self.rows.append((ts, f"{ts},{actor},{peer},{tx},{rd}\n"))

    def steal(self, ts, actor, peer, tx, rd=0):
        self.put(ts, actor, peer, tx, rd)
        total = self.stolen[-1][1] if self.stolen else 0
        if self.stolen and self.stolen[-1][0] == ts + self.interval:
            self.stolen.pop()
        self.stolen.append((ts + self.interval, total + tx))

    def about(self, value, spread=.1):
        return int(value * self.rnd.uniform(1 - spread, 1 + spread))

    def flow(self, first, last, rate, actor, peer, rd=0.0, theft=False, spread=.1):
        """A transfer of `rate` bytes a second, reading `rd` times as much."""
        put = self.steal if theft else self.put
        for ts in range(first, last, self.interval):
            tx = self.about(rate * self.interval, spread)
            put(ts, actor, peer, tx, int(tx * rd))

    def serve(self, peak, actor=POSTGRES, peer=APPS, rd=8, first=None, last=None, shape=load,
              step=None, jitter=.3):
        """Everyday answers: `peak` bytes a second in the busiest hour. In traces of one
        second they come as a burst somewhere within every 20 s."""
        first = START if first is None else first
        step = step or max(self.interval, 20)
        rnd, put = self.rnd, self.put
        for ts in range(first, self.end if last is None else last, step):
            tx = int(peak * step * shape(ts) * rnd.lognormvariate(0, jitter))
            at = ts + rnd.randrange(step) if self.interval < step else ts
            if tx:
                put(at - at % self.interval, actor, peer, tx, tx * rd)

    def backup(self, size, rate=100 * MB, first_day=0, last_day=None, hour=2.0, actor=BACKUP,
               peer=VAULT, spread=.03, grow=1.0):
        """Every night, up to 10 minutes early or late; `grow` is a factor a day."""
        last_day = self.days if last_day is None else last_day
        for day in range(first_day, int(last_day)):
            ts = self.at(day, hour + self.rnd.uniform(-1, 1) / 6)
            left = self.about(size(day) if callable(size) else size * grow**day, spread)
            pace = rate() if callable(rate) else rate
            while left > 0 and ts < self.end:
                tx = min(left, self.about(pace * self.interval))
                self.put(ts, actor, peer, tx, tx * 3)
                left -= tx
                ts += self.interval

    def everyday(self, peak=300 * KB, backup=2 * GB):
        """A database with its applications, reports, monitoring, logs and backup."""
        self.serve(peak)
        self.serve(peak / 5, peer=REPORTS, step=max(self.interval, 60))
        slow = max(self.interval, 300)
        flat = lambda ts: 1
        self.serve(600, EXPORTER, to("10.2.9.4", 9100, "accepted"), 0, shape=flat, step=slow)
        self.serve(2 * KB, RSYSLOG, to("10.2.8.7", 6514), 0, shape=flat, step=slow)
        if backup:
            self.backup(backup)

    def attack(self, actor, dests, mixed=False, **more):
        """Who steals, to where. mixed: the same actor and place carry honest bytes too."""
        self.truth.update(kind="attack", actors=[actor.split(",")[0].rsplit("/", 1)[-1]],
                          destinations=dests, mixed=mixed, **more)
        return self

    def benign(self, allow="notice", **more):
        self.truth.update(kind="benign", allow=allow, **more)
        return self

    def says(self, config):
        """The operator's words: what the host's configuration declares."""
        self.config = config
        return self

    def write(self, trace, truth, name):
        self.rows.sort(key=lambda r: r[0])
        with open(trace, "w", encoding="ascii") as out:
            out.write(f"#egress-trace version=1 interval_s={self.interval} db_bytes={self.db}\n")
            out.write(HEAD)
            out.writelines(line for _, line in self.rows)
        every = max(1, len(self.stolen) // TRUTH_POINTS)
        curve = self.stolen[::every] + self.stolen[-1:]
        self.truth.update(scenario=name, db_bytes=self.db, start_ts=START, end_ts=self.end,
                          judged_from_ts=START + min(self.warm, 14) * DAY)
        if self.stolen:
            self.truth.update(first_ts=self.stolen[0][0] - self.interval,
                              last_ts=self.stolen[-1][0], sent=curve)
        if self.config:
            config = truth.rsplit(".", 1)[0] + ".yaml"
            self.truth["config"] = os.path.basename(config)
            with open(config, "w", encoding="ascii") as out:
                out.write(self.config)
        with open(truth, "w", encoding="ascii") as out:
            json.dump(self.truth, out)
