# SPDX-License-Identifier: Apache-2.0
"""A laboratory that cleans up after itself: a scratch directory, processes, and
network namespaces joined by veth pairs with no route out. Everything is ended by
its own pid, in reverse order, however the test ends.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))


def program(name):
    return os.path.join(BUILD, name)


def helper(name):
    return os.path.join(BUILD, "tests", "helpers", name)


class Skip(Exception):
    """This machine cannot run the test; the reason is the text."""


def wait_for(what, condition, timeout_s=20.0, step_s=0.02):
    """Waits until condition() is true and returns its value; else TimeoutError says `what`."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout_s:.0f} s")
        time.sleep(step_s)


def exit_when_told():
    """A signal ends the test as its end does: what cleans up, cleans up, and is not disturbed at it."""
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def leave(number, _):
        for sig in signals:
            signal.signal(sig, signal.SIG_IGN)
        sys.exit(128 + number)
    for sig in signals:
        signal.signal(sig, leave)


def cgroups_of(name):
    """All cgroups called after a lab, in any hierarchy, the inner ones first."""
    found = []
    for top, dirs, _ in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(top, d) for d in dirs if re.search(rf"{name}(?!\d)", os.path.join(top, d))]
    return sorted(found, key=len, reverse=True)


class Lab(contextlib.ExitStack):
    def __init__(self, name):
        super().__init__()
        if os.geteuid() != 0:
            raise Skip("needs root")
        self.name = f"{name}{os.getpid()}"
        self.dir = tempfile.mkdtemp(prefix=f"{name}-")  # not /var/tmp: no database lives there, says egressd
        os.chmod(self.dir, 0o755)
        self.callback(self.remove_dir)
        self.callback(self.remove_cgroups, set(cgroups_of(self.name)))
        exit_when_told()

    def remove_cgroups(self, before):
        """Those that carry the lab's name: container runtimes leave them. But not those of a lab
        of the same name around this one."""
        def mine():
            return [path for path in cgroups_of(self.name) if path not in before]

        def gone():
            for path in mine():
                with contextlib.suppress(OSError):
                    os.rmdir(path)
            return not mine()
        with contextlib.suppress(TimeoutError):
            wait_for("cgroups go", gone, 5)

    def remove_dir(self):
        """What is mounted there goes first (podman leaves its storage mounted on itself, and
        a cleaner of its own may still be at it): otherwise the directory stays, or what was
        mounted goes with it."""
        def gone():
            with open("/proc/self/mounts", encoding="utf-8") as mounts:
                below = [p for p in (m.split()[1] for m in mounts) if p.startswith(self.dir + "/")]
            for point in reversed(below):
                subprocess.run(["umount", "--lazy", point], check=False)
            subprocess.run(["rm", "-rf", "--one-file-system", self.dir], check=False, stderr=subprocess.DEVNULL)
            return not os.path.exists(self.dir)
        with contextlib.suppress(TimeoutError):
            wait_for(self.dir + " goes", gone)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def start(self, argv, log=None, stop=signal.SIGTERM, **kw):
        """Starts a process in its own session; it is ended with the lab."""
        out = open(self.path(log), "ab") if log else subprocess.DEVNULL
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stdout", out)
        kw.setdefault("stderr", out)
        p = subprocess.Popen(argv, start_new_session=True, **kw)
        if log:
            out.close()
        self.callback(self.end, p, stop)
        return p

    @staticmethod
    def end(p, stop=signal.SIGTERM, timeout_s=15):
        """Ends a process and, if it left any, its own process group; returns its status."""
        if p.poll() is None:
            p.send_signal(stop)
            try:
                p.wait(timeout_s)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(p.pid, signal.SIGKILL)
        return p.returncode

    def namespace(self, role, quiet=False):
        """`quiet`: its devices say nothing by themselves, so that their counters are the
        senders' alone."""
        return Namespace(self, role, quiet)


def run(argv, check=True, timeout=300, **kw):
    """Runs to the end; output as text. Failing says the command and its words."""
    kw.setdefault("stdin", subprocess.DEVNULL)
    p = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       check=False, timeout=timeout, **kw)
    if check and p.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))}: exit {p.returncode}: {p.stdout.strip()}")
    return p.stdout


QUIET = [f"net.ipv6.conf.default.{name}" for name in (
    "addr_gen_mode=1", "router_solicitations=0", "accept_dad=0", "accept_ra=0",
    "mldv2_unsolicited_report_interval=1", "mldv1_unsolicited_report_interval=1")]


class Namespace:
    """A network namespace. Commands enter it with nsenter, which (unlike `ip netns
    exec`) leaves /sys as it is, so that cgroups stay visible."""

    def __init__(self, lab, role, quiet=False, of=None):
        """`of`: a process whose namespace it is, instead of a new one."""
        self.lab, self.role, self.name = lab, role, f"{lab.name}-{role}"
        run(["ip", "netns", "attach", self.name, str(of)] if of else ["ip", "netns", "add", self.name])
        lab.callback(run, ["ip", "netns", "del", self.name], check=False)
        if quiet:
            self.run(["sysctl", "-qw", *QUIET], check=False)
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def ids(self):
        """How a sensor may call this namespace: by its cookie or by its inode."""
        ask = "import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), 'little'))"  # SO_NETNS_COOKIE
        cookie = self.run(["/usr/bin/python3", "-c", ask], check=False).strip()
        return {os.stat(f"/run/netns/{self.name}").st_ino} | ({int(cookie)} if cookie.isdigit() else set())

    def inside(self, argv, user=None):
        words = ["nsenter", f"--net=/run/netns/{self.name}", "--"]
        if user:
            words += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]
        return words + list(argv)

    def run(self, argv, user=None, **kw):
        return run(self.inside(argv, user), **kw)

    def start(self, argv, user=None, **kw):
        return self.lab.start(self.inside(argv, user), **kw)

    def join(self, other, mine, theirs, rate=None):
        """A veth pair between two lists of addresses, each side with a route to the
        other's only: networks need not be shared. `rate` ("1gbit") limits what this
        side sends, where the kernel has the qdisc."""
        dev, peer = f"v-{other.role}", f"v-{self.role}"
        run(["ip", "-n", self.name, "link", "add", dev, "type", "veth", "peer", "name", peer, "netns", other.name])
        ends = ((self, dev, mine, theirs), (other, peer, theirs, mine))
        for ns, d, here, _ in ends:
            for a in here:
                run(["ip", "-n", ns.name, "addr", "add", a, "dev", d, "noprefixroute"] + (["nodad"] if ":" in a else []))
            run(["ip", "-n", ns.name, "link", "set", d, "up"])
        for ns, d, _, there in ends:
            for a in there:
                run(["ip", "-n", ns.name, "route", "add", a.split("/")[0], "dev", d])
        if rate:
            self.run(["tc", "qdisc", "replace", "dev", dev, "root", "tbf", "rate", rate,
                      "burst", "512k", "latency", "50ms"], check=False)
        return dev
