# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL of its own, started by hand as an unprivileged user inside a
network namespace; nothing of the machine's own clusters is touched.
"""
import os
import pwd
import shutil
import signal
import subprocess

from lab import Skip, TOP, run, wait_for

BIN = "/usr/lib/postgresql/15/bin"
USER = "postgres"
SETTINGS = {
    "fsync": "off", "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "8GB",
    "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
    "shared_buffers": "256MB", "maintenance_work_mem": "256MB", "logging_collector": "off",
}


class Postgres:
    def __init__(self, lab, ns, port=5432):
        if not os.path.exists(f"{BIN}/postgres"):
            raise Skip("no PostgreSQL 15")
        try:
            pwd.getpwnam(USER)
        except KeyError as e:
            raise Skip("no user postgres") from e
        self.lab, self.ns, self.port = lab, ns, port
        self.data, self.socket = lab.path("pgdata"), lab.path("pgsocket")
        for d in (self.data, self.socket):
            os.mkdir(d)
            shutil.chown(d, USER, USER)
        os.chmod(self.data, 0o700)
        ns.run([f"{BIN}/initdb", "-D", self.data, "-A", "trust", "-N", "--locale=C", "-E", "UTF8"], user=USER)
        with open(f"{self.data}/pg_hba.conf", "w", encoding="ascii") as f:
            f.write("local all all trust\nhost all all all trust\n")
        options = [f"{k}={v}" for k, v in SETTINGS.items()]
        options += ["listen_addresses=*", f"port={port}", f"unix_socket_directories={self.socket}"]
        argv = [f"{BIN}/postgres", "-D", self.data]
        for o in options:
            argv += ["-c", o]
        self.process = ns.start(argv, user=USER, log="pgdata/server.log", stop=signal.SIGINT, cwd=lab.dir)
        wait_for("PostgreSQL", lambda: subprocess.run(
            [f"{BIN}/pg_isready", "-q", "-h", self.socket, "-p", str(port)], check=False).returncode == 0, 30)

    def psql(self, sql, database="postgres"):
        return run([f"{BIN}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-p", str(self.port),
                    "-U", USER, "-d", database, "-c", sql]).strip()

    def load_people(self, rows, seed, database="registry"):
        self.psql(f"CREATE DATABASE {database}")
        run([f"{BIN}/psql", "-Xq", "-h", self.socket, "-p", str(self.port), "-U", USER, "-d", database,
             "-v", f"rows={rows}", "-v", f"seed={seed}", "-f", f"{TOP}/tests/demo/people.sql"], timeout=600)

    def data_bytes(self):
        """Bytes under the data directory, as `du` sees their lengths."""
        return int(run(["du", "-sb", self.data]).split()[0])
