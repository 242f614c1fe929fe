# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB, MySQL and Redis of a test's own, started by hand as unprivileged
users inside a network namespace; see postgres.py for PostgreSQL.
"""
import os
import pwd
import shutil
import signal
import subprocess

import guest
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


# In a mount namespace of its own: the data in memory, as nothing of it is to stay; the socket in
# the lab.
MYSQL = """
set -e
mount --bind "$1" "$2/run"
mount -t tmpfs -o mode=1777 tmp "$2/tmp"
mysqld="chroot --userspec=$3 $2 /usr/sbin/mysqld --no-defaults --datadir=/tmp/data --log-error=/run/log
    --secure-file-priv=NULL --innodb-buffer-pool-size=64M --skip-log-bin --mysqlx=OFF"
$mysqld --initialize-insecure
exec $mysqld --socket=/run/mysqld.sock --pid-file=/run/pid --port=$4 --bind-address=* --skip-name-resolve
"""


class MySQL:
    """Oracle's: not in Debian 12, so it is fetched from Debian unstable (48 MB) with its own C
    library, and kept beside the kernels that are tested; not installed."""

    def __init__(self, lab, ns, port=3307):
        user = pwd.getpwnam(_user("mysql"))
        root = guest.root_fetch("mysql-server-core", "sid", ("perl", "libperl", "libgdbm", "libdb5"),
                                ("usr/bin", "usr/lib/mysql"))
        for part in ("run", "tmp"):
            os.makedirs(f"{root}/{part}", exist_ok=True)
        self.port, run_dir = port, lab.path("mysql8run")
        self.socket = f"{run_dir}/mysqld.sock"
        os.mkdir(run_dir)
        os.chown(run_dir, user.pw_uid, user.pw_gid)
        self.process = ns.start(["unshare", "--mount", "sh", "-c", MYSQL, "mysql", run_dir, root,
                                 f"{user.pw_uid}:{user.pw_gid}", str(port)], log="mysql8.log", cwd=lab.dir)
        self.log = f"{run_dir}/log"

    def wait(self):
        """Making an empty server takes some seconds; others may start meanwhile."""
        wait_for("MySQL", lambda: self.process.poll() is not None or self.answers(), 60)
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                raise Skip("MySQL does not run here: " + f.read().strip()[-300:])

    def answers(self):
        return subprocess.run(["mariadb-admin", "--no-defaults", f"--socket={self.socket}", "-uroot", "ping"], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

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
