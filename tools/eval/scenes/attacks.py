# SPDX-License-Identifier: Apache-2.0
"""The attack scenarios A1 to A20. Each makes one Scene from a seed; its docstring is
the shape. Everyday traffic is Scene.everyday() of a 100 GB database unless said."""
from .scene import (APPS, BACKUP, DAY, GB, KB, MB, POSTGRES, START, VAULT, Scene, load, to, who)

FAST_DAYS = 16.5  # 7-day horizons are warm after 14
CURL = who("/usr/bin/curl", "mallory")
AGENT = who("/opt/sync/sync-agent", "app")
PARTNER = to("203.0.113.50", 443)
ETL = who("/opt/etl/exporter", "etl")


def host(seed, days=FAST_DAYS, interval=1, **more):
    s = Scene(seed, days, interval, **more)
    s.everyday()
    return s


def strange(s):
    return f"203.0.113.{s.rnd.randrange(60, 250)}"


def steal_fast(s, actor, rate, seconds, port=443, init="connected", proto="tcp", rd=0.0):
    """A plain bulk transfer to a new public address on the last day."""
    t, dst = s.some_time(16, 0, 10), strange(s)
    s.flow(t, t + seconds, rate, actor, to(dst, port, init, proto), rd, theft=True)
    return s.attack(actor, [dst]), t


def a1(seed):
    """pg_dump | curl to a new public address, 100 MB/s for 2 min; the server reads."""
    s, t = steal_fast(host(seed), CURL, 100 * MB, 120)
    for ts in range(t, t + 120):
        s.put(ts, POSTGRES, APPS, 0, s.about(120 * MB))
    return s


def a2(seed):
    """Bulk SELECTs by an accepted client from a new public address, 10 MB/s for 10 min."""
    return steal_fast(host(seed), POSTGRES, 10 * MB, 600, 5432, "accepted", rd=1.5)[0]


JAVA = who("org.elasticsearch.bootstrap.Elasticsearch", "elasticsearch")


def big(seed, days, interval=60, public=0):
    """A search cluster's node of 23 TB."""
    s = Scene(seed, days, interval, db=23000 * GB)
    s.serve(2 * MB, JAVA, to("10.2.0.11", 9200, "accepted"))
    if public:
        s.serve(public, JAVA, to("203.0.113.20", 9200, "accepted"))
    s.serve(2 * KB, who("/usr/sbin/rsyslogd", "root"), to("10.2.8.7", 6514), 0, step=300)
    return s


def a3(seed):
    """A dashboard without password, 23 TB: .62 MB/s steady to a new accepted client, 2 d."""
    s = big(seed, 18.5)
    t, dst = s.some_time(16), strange(s)
    s.flow(t, t + 36 * 3600, 620 * KB, JAVA, to(dst, 9200, "accepted"), 1.0, theft=True)
    return s.attack(JAVA, [dst])


def a4(seed):
    """As A3 in office hours only, 2 MB/s x 8 h, through a known load balancer, 5 d."""
    s = big(seed, 24, public=500 * KB)
    first = 16 + s.rnd.randrange(3)
    for day in range(first, first + 5):
        s.flow(s.at(day, 9), s.at(day, 17), 2 * MB, JAVA, to("203.0.113.20", 9200, "accepted"),
               1.0, theft=True)
    return s.attack(JAVA, ["203.0.113.20"], mixed=True)


def a5(seed):
    """tar of the data directory over ssh by root, 50 MB/s for 4 min."""
    ssh = who("/usr/bin/ssh", "root")
    s, t = steal_fast(host(seed), ssh, 50 * MB, 240, 22)
    for ts in range(t, t + 240):
        s.put(ts, who("/usr/bin/tar", "root"), to("", "", "", ""), 0, s.about(50 * MB))
    return s


def a6(seed):
    """rclone to a new bucket within a cloud prefix the host uses nightly, 30 MB/s, 4 streams."""
    s = host(seed)
    s.backup(200 * MB, 20 * MB, hour=4.0, actor=who("/usr/bin/wal-g", "postgres"),
             peer=to("198.51.100.10", 443))
    t, rclone = s.some_time(16, 5, 11), who("/usr/bin/rclone", "postgres")
    for ts in range(t, t + 300):
        for n in range(4):
            s.steal(ts, rclone, to(f"198.51.100.{11 + n}", 443), s.about(7.5 * MB))
    return s.attack(rclone, [f"198.51.100.{11 + n}" for n in range(4)])


def a7(seed):
    """A renamed binary in a container, 20 MB/s for 5 min."""
    return steal_fast(host(seed), who("/tmp/kworkerd", "app", "shop/frontend:7"), 20 * MB, 300)[0]


def a8(seed):
    """Chunks of 25 MB every 5 min to a new address for 8 h (T1030)."""
    s = host(seed, 17, 60)
    t, dst = s.some_time(16, 0, 14), strange(s)
    for ts in range(t, t + 8 * 3600, 300):
        s.steal(ts, AGENT, to(dst, 443), 25 * MB)
    return s.attack(AGENT, [dst])


def a9(seed):
    """Low and slow to a new address: 10 GB / 28 d, 4 KB/s; the first 3 d."""
    s = host(seed, 20, 60)
    t, dst = s.some_time(16), strange(s)
    s.flow(t, t + 3 * DAY, 10 * GB / (28 * DAY), AGENT, to(dst, 443), theft=True, spread=.5)
    return s.attack(AGENT, [dst])


def a10(seed):
    """Low and slow to a known address: 100 GB / 28 d more, on a host that sends 50 GB a day, 5
    of them by the same program to the same place."""
    s = Scene(seed, 90, 300, db=100 * GB)
    s.serve(1.15 * MB)
    s.serve(128 * KB, ETL, PARTNER)
    t = s.some_time(60)
    s.flow(t, t + 28 * DAY, 100 * GB / (28 * DAY), ETL, PARTNER, theft=True, spread=.5)
    return s.attack(ETL, ["203.0.113.50"], mixed=True)


def nightly(seed, days, interval):
    s = Scene(seed, days, interval)
    s.everyday(backup=0)
    s.backup(30 * GB)
    return s


def a11(seed):
    """Within the nightly backup (30 GB, 100 MB/s), its own program sends 30 % more elsewhere."""
    s = nightly(seed, FAST_DAYS, 1)
    last = max(ts for ts, line in s.rows if "pgbackrest" in line)
    dst = strange(s)
    s.flow(last - 200, last, 30 * MB, BACKUP, to(dst, 22), 1.0, theft=True)
    return s.attack(BACKUP, [dst])


def a11said(seed):
    """The same where the backup is declared, 33 GB a night to its vault."""
    return a11(seed).says("expect:\n  - actor: pgbackrest\n    destination: 10.9.0.5\n"
                          "    bytes: 33GB\n    between: 01:30-03:30\n")


def a12(seed):
    """Within the nightly backup, the same program sends 30 % more to the same place, 5 nights."""
    s = nightly(seed, 33, 60)
    for day in range(28, 33):
        t = s.at(day, 2.1)
        s.flow(t, t + 300, 30 * MB, BACKUP, VAULT, 1.0, theft=True)
    return s.attack(BACKUP, ["10.9.0.5"], mixed=True)


def a13(seed):
    """Fan-out: 50 new addresses in 50 networks, 200 MB each, 5 MB/s in all."""
    s = host(seed)
    t = s.some_time(16, 0, 10)
    dests = [f"2001:db8:{n:x}::7" for n in range(1, 51)]
    for n in range(2000):
        s.steal(t + n, AGENT, to(dests[n % 50], 443), s.about(5 * MB))
    return s.attack(AGENT, dests)


def a14(seed):
    """Poisoning: a known program and place send 5 % more than their day, and 5 % more of that
    each day, for 42 d."""
    s = Scene(seed, 74, 300)
    s.everyday()
    s.serve(50 * KB, ETL, PARTNER)
    base = sum(50 * KB * 300 * load(START + t) for t in range(0, DAY, 300))
    for n in range(42):
        t = s.at(30 + n)
        s.flow(t, t + DAY, .05 * base * 1.05**n / DAY, ETL, PARTNER, theft=True)
    return s.attack(ETL, ["203.0.113.50"], mixed=True)


def a15(seed):
    """20 GB at 03:00 by the usual program to the usual client, below the daytime peak."""
    s = Scene(seed, 30, 60)
    s.serve(8 * MB)
    t = s.some_time(29, 2.9, 3.1)
    s.flow(t, t + 3600, 20 * GB / 3600, POSTGRES, APPS, 1.0, theft=True)
    return s.attack(POSTGRES, ["10.2.0.11"], mixed=True)


def a16(seed):
    """Staged: a dump to /tmp (38 GB read), 2 h later an upload by another user, 50 MB/s."""
    scp = who("/usr/bin/scp", "www-data")
    s, t = steal_fast(host(seed), scp, 50 * MB, 240, 22)
    for ts in range(t - 7200, t - 6800):
        s.put(ts, POSTGRES, to("", "", "", ""), 0, s.about(95 * MB))
    return s


def a17(seed):
    """A leak of 1 MB/s for 12 h; the sensor is away 10 min, then the clock steps 1 h ahead."""
    s = host(seed, 17.5, 60)
    t, dst = s.some_time(16, 1, 8), strange(s)
    peer = to(dst, 5432, "accepted")
    for ts in range(t, t + 12 * 3600, 60):
        after = ts - t
        if 7200 <= after < 7800:
            s.put(ts, POSTGRES, peer, "")
        elif not 14400 <= after < 18000:
            s.steal(ts, POSTGRES, peer, s.about(60 * MB))
    away = range(t + 14400, t + 18000)
    s.rows = [r for r in s.rows if r[0] not in away]
    return s.attack(POSTGRES, [dst], incidents=1)


def a18(seed):
    """A leak of 1 MB/s that already ran when the sensor was installed."""
    s = host(seed, 8, 60, warm=0)
    dst = strange(s)
    s.flow(START, s.end, 1 * MB, POSTGRES, to(dst, 5432, "accepted"), 1.0, theft=True)
    return s.attack(POSTGRES, [dst])


def a19(seed):
    """Another door: QUIC (UDP 443) by a new program, 10 MB/s for 10 min."""
    return steal_fast(host(seed), AGENT, 10 * MB, 600, 443, "datagram", "udp")[0]


def a19dns(seed):
    """Another door: a DNS tunnel, .05 MB/s for 6 h to a new resolver. Out of scope by rate."""
    s = host(seed, 17, 60)
    t, iodine = s.some_time(16, 0, 10), who("/usr/bin/iodine", "app")
    s.flow(t, t + 6 * 3600, 50 * KB, iodine, to("198.51.100.53", 53, "datagram", "udp"),
           theft=True)
    return s.attack(iodine, ["198.51.100.53"])


def a20(seed):
    """100000 new clients of the database in 30 min, 10 KB each, and one of them takes 5 MB/s."""
    s = host(seed)
    t, dst = s.some_time(16, 0, 10), strange(s)
    for n in range(100000):
        s.put(t + n // 56, POSTGRES, to(f"c{n}.example", 5432, "accepted"), 10 * KB)
    s.flow(t + 900, t + 1500, 5 * MB, POSTGRES, to(dst, 5432, "accepted"), 1.0, theft=True)
    return s.attack(POSTGRES, [dst], judged_until_ts=t)  # the flood itself may be told


# name: maker, goal in seconds (DETECTION's p95), goal in bytes lost as share of D (None = none)
MINUTE, HOUR = 60, 3600
CATALOGUE = {
    "A1": (a1, 3, .003), "A2": (a2, 10, .001), "A3": (a3, 5 * MINUTE, .00001),
    "A4": (a4, 24 * HOUR, .0025), "A5": (a5, 5, None), "A6": (a6, 10, None),
    "A7": (a7, 10, None), "A8": (a8, HOUR, None), "A9": (a9, 12 * HOUR, None),
    "A10": (a10, 14 * DAY, None), "A11": (a11, 60, None),
    "A11-said": (a11said, 60, None), "A12": (a12, 2 * DAY, None),
    "A13": (a13, 60, None), "A14": (a14, 14 * DAY, None), "A15": (a15, 30 * MINUTE, None),
    "A16": (a16, 5, None), "A17": (a17, HOUR, None), "A18": (a18, 7 * DAY, None),
    "A19": (a19, 10, None), "A19-dns": (a19dns, None, None), "A20": (a20, 10 * MINUTE, None),
}
