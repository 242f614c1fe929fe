# SPDX-License-Identifier: Apache-2.0
"""The work that is timed. Each piece gives (rate, p99 latency in ms or None): more is
better for the first, less for the second."""
import glob
import os
import re
import time

from lab import helper, run, wait_for
from postgres import BIN, Postgres

SERVER, CLIENT = "192.0.2.1", "192.0.2.20"
PORT = 9000
PERCENTILE = 0.99
DUMP_SCALE = 20  # pgbench -s: about 300 MB, 200 MB as text


class Work:
    def __init__(self, lab, seconds):
        self.lab, self.seconds = lab, seconds
        self.db, self.app = lab.namespace("db"), lab.namespace("app")
        self.device = self.db.join(self.app, [f"{SERVER}/24"], [f"{CLIENT}/24"])

    def all(self):
        """(name, unit, goal, work) of each."""
        self.app.start([helper("blast"), "recv", CLIENT, str(PORT)])
        time.sleep(0.3)
        yield "TCP stream, 64 KiB writes", "B/s", ">= 0.99", self.blast("tcp", 65536)
        yield "UDP flood, 64 byte datagrams", "/s", ">= 0.96", self.blast("udp", 64)
        yield from self.postgres()
        yield from self.redis()

    def blast(self, kind, size):
        def work():
            return float(self.db.run([helper("blast"), kind, CLIENT, str(PORT), str(self.seconds), str(size)])), None
        return work

    def postgres(self):
        pg = Postgres(self.lab, self.db)
        run([f"{BIN}/pgbench", "-i", "-q", "-s", str(DUMP_SCALE), "-h", pg.socket, "-U", "postgres", "postgres"])
        yield "pgbench -S, 4 clients", "transactions/s", ">= 0.99", self.pgbench
        size = int(pg.psql("SELECT pg_table_size('pgbench_accounts')"))
        yield "pg_dump", "B/s", ">= 0.99", lambda: self.dump(size)

    def pgbench(self):
        log = self.lab.path("pgbench_log")
        out = self.app.run([f"{BIN}/pgbench", "-n", "-S", "-c", "4", "-j", "1", "-T", str(max(1, round(self.seconds))),
                            "-l", f"--log-prefix={log}", "-h", SERVER, "-U", "postgres", "postgres"])
        latencies = []
        for path in glob.glob(log + ".*"):
            with open(path, encoding="ascii") as f:
                latencies += [int(line.split()[2]) for line in f]
            os.unlink(path)
        latencies.sort()
        return float(re.search(r"tps = ([\d.]+)", out).group(1)), latencies[int(len(latencies) * PERCENTILE)] / 1000

    def dump(self, size):
        begin = time.monotonic()
        self.app.run([f"{BIN}/pg_dump", "-h", SERVER, "-U", "postgres", "-t", "pgbench_accounts", "-f", "/dev/null",
                      "postgres"])
        return size / (time.monotonic() - begin), None

    def redis(self):
        server = self.lab.path("redis-server")
        os.symlink("/usr/bin/redis-check-rdb", server)  # Debian: one program, named by its call
        self.db.start([server, "--port", "6379", "--bind", SERVER, "--save", "", "--protected-mode", "no"],
                      cwd=self.lab.dir)
        wait_for("redis", lambda: "PONG" in self.app.run(["redis-cli", "-h", SERVER, "ping"], check=False))
        yield "redis-benchmark GET, 512 byte values", "requests/s", ">= 0.98", self.redis_benchmark

    def redis_benchmark(self):
        out = self.app.run(["redis-benchmark", "-h", SERVER, "-t", "get", "-n", str(int(60000 * self.seconds)),
                            "-d", "512", "-c", "20", "--csv"])
        head, row = [[w.strip('"') for w in line.split(",")] for line in out.strip().split("\n")[-2:]]
        got = dict(zip(head, row))
        return float(got["rps"]), float(got["p99_latency_ms"])
