# SPDX-License-Identifier: Apache-2.0
"""The benign look-alikes B1 to B18. Each makes one Scene from a seed; its docstring is the
shape, benign(allow=...) the highest level it may reach."""
import re

from .scene import (APPS, DAY, GB, KB, MB, POSTGRES, REPLICA, REPORTS, RSYSLOG, START, Scene,
                    load, to, who)

DAYS, EVENT_DAY = 42, 30
# What the operators of these hosts have declared.
REPLICA_ROLE = "role:\n  - role: replica\n    destination: 10.4.0.2\n"
SEEDING = ("expect:\n  - actor: postgres\n    destination: 10.7.0.9\n    bytes: 120GB\n"
           "    per: total\n    until: 2024-06-30\n")
NIGHTLY_REPORTS = ("expect:\n  - actor: postgres\n    destination: 10.3.0.21\n    bytes: 60GB\n"
                   "    between: 03:30-05:30\n")
APP_NETWORK = "networks:\n  names: app=10.2.16.0/20\n"
FLAT = lambda ts: 1


def host(seed, days=DAYS, interval=60, **more):
    s = Scene(seed, days, interval)
    s.everyday(**more)
    return s


def wal(s, rate=1 * MB, **more):
    """The stream to a replica, which follows the load."""
    s.serve(rate, peer=REPLICA, rd=1, jitter=.2, shape=lambda ts: .3 + load(ts), **more)


def b1(seed):
    """Nightly backup: 30 GB, 50 to 200 MB/s, 10 min of jitter, 1 % more a week."""
    s = host(seed, backup=0)
    s.backup(30 * GB, lambda: s.rnd.uniform(50, 200) * MB, grow=1.01**(1 / 7))
    return s.benign()


def b2(seed):
    """Weekly full backup, daily incremental of a tenth, and twice as much at the month's end."""
    s = host(seed, 75, 300, backup=0)
    s.backup(lambda day: 30 * GB if day % 7 == 4 else 6 * GB if day % 30 == 29 else 3 * GB)
    return s.benign()


def b3(seed):
    """A replica, declared as such, is away for 6 h and catches up at line rate (110 MB/s)."""
    s = host(seed)
    t = s.some_time(EVENT_DAY, 8, 10)
    wal(s, last=t)
    wal(s, first=t + 6 * 3600)
    missed = int(6 * 3600 * 1.2 * MB)
    s.flow(t + 6 * 3600, t + 6 * 3600 + missed // (110 * MB) + 60, 110 * MB, POSTGRES, REPLICA)
    return s.says(REPLICA_ROLE).benign()


def b3unsaid(seed):
    """The same, not declared."""
    return b3(seed).says("").benign()


def b4(seed):
    """A new replica is seeded, 100 GB at 200 MB/s to a new internal address; not declared."""
    s = host(seed)
    t = s.some_time(EVENT_DAY, 8, 18)
    s.flow(t, t + 500, 200 * MB, POSTGRES, to("10.7.0.9", 5432, "accepted"), 1.0)
    return s.benign("ticket")


def b4said(seed):
    """The same, declared as a transfer of 120 GB in all."""
    return b4(seed).says(SEEDING).benign()


def b5(seed):
    """Failover: first 12 d primary, then standby, and at once primary again."""
    s = Scene(seed, DAYS, 60)
    t = s.some_time(EVENT_DAY, 8, 18)
    s.serve(600, who("/usr/bin/node_exporter", "prometheus"), to("10.2.9.4", 9100, "accepted"),
            0, shape=FLAT, step=300)
    for first, last in ((START, s.at(12)), (t, s.end)):
        s.serve(300 * KB, first=first, last=last)
        s.serve(60 * KB, peer=REPORTS, first=first, last=last)
    return s.benign()


def b6(seed):
    """A schema migration: ten times the WAL to the declared replica for 4 h."""
    s = host(seed)
    wal(s)
    t = s.some_time(EVENT_DAY, 19, 20)
    s.flow(t, t + 4 * 3600, 5 * MB, POSTGRES, REPLICA, 1.0)
    return s.says(REPLICA_ROLE).benign()


def b6unsaid(seed):
    """The same, not declared; an evening's quiet hours swell as for a thief."""
    return b6(seed).says("").benign("ticket")


def b7(seed):
    """Analytics: 50 GB to a known internal client at a new time, from then on every night;
    declared, 60 GB between 03:30 and 05:30."""
    s = host(seed)
    s.backup(50 * GB, 40 * MB, EVENT_DAY, hour=4.0, actor=POSTGRES, peer=REPORTS)
    return s.says(NIGHTLY_REPORTS).benign()


def b7unsaid(seed):
    """The same, not declared: 50 GB at night, of which nothing was ever known."""
    return b7(seed).says("").benign("ticket")


def b8(seed):
    """Month-end reports: three times the daytime traffic for two days."""
    s = host(seed)
    first = s.at(EVENT_DAY, 8)
    for day in range(2):
        s.serve(600 * KB, first=first + day * DAY, last=first + day * DAY + 10 * 3600)
    return s.benign()


def b9(seed):
    """VACUUM FULL: the server reads 100 GB, the WAL to the declared replica is many times its
    usual for an hour."""
    s = host(seed)
    wal(s)
    t = s.some_time(EVENT_DAY, 20, 22)
    for ts in range(t, t + 3600, 60):
        s.put(ts, POSTGRES, REPLICA, s.about(120 * MB), s.about(1700 * MB))
    return s.says(REPLICA_ROLE).benign()


def b9unsaid(seed):
    """The same, not declared; in an evening's quiet hour."""
    return b9(seed).says("").benign("ticket")


def b10(seed):
    """A package and kernel update: 500 MB come in, requests and acknowledgements go out."""
    s = host(seed)
    t = s.some_time(EVENT_DAY, 8, 18)
    for ts in range(t, t + 600, 60):
        s.put(ts, who("/usr/lib/apt/methods/https", "_apt"), to("198.51.100.80", 443),
              s.about(40 * KB))
    return s.benign()


def b11(seed):
    """The log collector was away; its backlog leaves at 20 times the usual rate for an hour."""
    s = host(seed)
    t = s.some_time(EVENT_DAY)
    s.flow(t, t + 3600, 40 * KB, RSYSLOG, to("10.2.8.7", 6514))
    return s.benign()


def b12(seed):
    """A new Prometheus server scrapes, KB/s, to a new internal address."""
    s = host(seed)
    s.serve(2 * KB, who("/usr/bin/node_exporter", "prometheus"), to("10.8.0.4", 9100, "accepted"),
            0, first=s.some_time(EVENT_DAY), shape=FLAT)
    return s.benign()


def b13(seed):
    """A deploy: the same container image with a new tag, by its full path in another layer."""
    s = Scene(seed, DAYS, 60)
    t = s.some_time(EVENT_DAY, 8, 18)
    old = who("/usr/lib/postgresql/16/bin/postgres", "postgres", "acme/pg:16.2")
    s.serve(300 * KB, old, last=t)
    s.serve(300 * KB, who("/opt/pg/16.3/bin/postgres", "postgres", "acme/pg:16.3"), first=t)
    return s.benign()


def b14(seed):
    """A public tier with many clients: a campaign trebles its traffic for a day."""
    s = Scene(seed, DAYS, 60)
    nginx = who("/usr/sbin/nginx", "www-data")
    t = s.at(EVENT_DAY)
    for ts in range(START, s.end, 60):
        times = 3 if t <= ts < t + DAY else 1
        for _ in range(3):
            peer = to(f"2001:db8:{s.rnd.randrange(65536):x}::1", 443, "accepted")
            tx = 2 * MB * times * load(ts) * s.rnd.lognormvariate(0, .4)
            s.put(ts, nginx, peer, int(tx))
    return s.benign()


def b15(seed):
    """A holiday without work, then daylight saving moves every hour by one."""
    s = Scene(seed, DAYS, 60)
    t = s.at(EVENT_DAY)
    s.serve(3 * MB, last=t)
    s.serve(3 * MB, first=t, shape=lambda ts: .1 if ts < t + DAY else load(ts + 3600))
    s.backup(2 * GB)
    return s.benign()


def b16(seed):
    """Autoscaled applications: every day other addresses within one /20, which
    the configuration names."""
    s = Scene(seed, DAYS, 60)
    for day in range(DAYS):
        for _ in range(3):
            n = s.rnd.randrange(4096)
            peer = to(f"10.2.{16 + n // 256}.{n % 256}", 5432, "accepted")
            s.serve(150 * KB, peer=peer, first=s.at(day), last=s.at(day + 1))
    return s.says(APP_NETWORK).benign()


def b16unsaid(seed):
    """The same, and the configuration does not name them."""
    return b16(seed).says("").benign()


def b17(seed):
    """A database administrator copies 200 MB to a known internal bastion."""
    s = host(seed)
    sshd = who("/usr/sbin/sshd", "root")
    s.serve(3 * KB, sshd, to("10.2.7.50", 22, "accepted"), 0, step=300)
    t = s.some_time(EVENT_DAY, 9, 17)
    s.flow(t, t + 60, 200 * MB / 60, who("/usr/bin/psql", "dba"), to("10.2.7.50", 22), 1.0)
    return s.benign("ticket")


def b18(seed):
    """Organic growth: 5 % a week for 12 weeks."""
    s = Scene(seed, 28 + 84, 300)
    grown = lambda ts: load(ts) * 1.05**(max(0, ts - START - 28 * DAY) / (7 * DAY))
    s.serve(1 * MB, shape=grown)
    s.serve(1 * MB, peer=REPORTS, shape=grown)
    s.backup(5 * GB, grow=1.05**(1 / 7))
    return s.benign()


def name_of(maker):
    """b4said is B4-said."""
    return re.sub(r"(UN)?SAID", lambda m: "-" + m.group().lower(), maker.__name__.upper())


CATALOGUE = {name_of(f): f
             for f in (b1, b2, b3, b3unsaid, b4, b4said, b5, b6, b6unsaid, b7, b7unsaid, b8, b9,
                       b9unsaid, b10, b11, b12, b13, b14, b15, b16, b16unsaid, b17, b18)}
