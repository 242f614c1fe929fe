# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB and a real Redis of a test's own, started by hand as unprivileged
users inside a network namespace; see postgres.py for PostgreSQL.
"""
import os
import pwd
import shutil
import signal
import subprocess

from lab import Skip, run, wait_for


def _user(name):
    try:
        pwd.getpwnam(name)
    except KeyError as e:
        raise Skip(f"no user {name}") from e
    return name


class MariaDB:
    def __init__(self, lab, ns, port=3306):
        if not os.path.exists("/usr/sbin/mariadbd") or not shutil.which("mariadb-install-db"):
            raise Skip("no MariaDB")
        user = _user("mysql")
        self.lab, self.port = lab, port
        self.data, run_dir = lab.path("mydata"), lab.path("myrun")
        for d in (self.data, run_dir):
            os.mkdir(d)
            shutil.chown(d, user, user)
        self.socket = f"{run_dir}/mysqld.sock"
        run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", f"--user={user}", "--skip-test-db",
             "--auth-root-authentication-method=normal"])
        self.process = ns.start(
            ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
             f"--port={port}", "--bind-address=*", "--skip-name-resolve", "--skip-log-bin",
             f"--pid-file={run_dir}/pid", "--innodb-buffer-pool-size=64M", "--performance-schema=ON"],
            user=user, log="mariadb.log", stop=signal.SIGTERM, cwd=lab.dir)
        wait_for("MariaDB", lambda: subprocess.run(
            ["mariadb-admin", "--no-defaults", f"--socket={self.socket}", "-uroot", "ping"], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, 60)

    def sql(self, text):
        return run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-BNe", text]).strip()


class Redis:
    def __init__(self, lab, ns, port=6379):
        if not shutil.which("redis-server"):
            raise Skip("no Redis")
        user = self.user = _user("redis")
        self.lab, self.port = lab, port
        run_dir = lab.path("redisrun")
        os.mkdir(run_dir)
        shutil.chown(run_dir, user, user)
        self.socket = f"{run_dir}/redis.sock"
        self.process = ns.start(
            ["redis-server", "--port", str(port), "--bind", "*", "--protected-mode", "no", "--unixsocket", self.socket,
             "--unixsocketperm", "777", "--save", "", "--dir", run_dir], user=user, log="redis.log", cwd=run_dir)
        wait_for("Redis", lambda: self.cli("PING", check=False) == "PONG", 30)

    def cli(self, *words, **kw):
        return run(["redis-cli", "--no-auth-warning", "-s", self.socket, *words], **kw).strip()
