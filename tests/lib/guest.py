# SPDX-License-Identifier: Apache-2.0
"""Boots real distribution kernels in software emulation: their packages, fetched by a
second apt configuration and never installed; a memory file system made of this host's
own programs and the tests; and one run of QEMU a kernel. Fetched packages are kept
outside the source tree, in $XDG_CACHE_HOME or /var/cache.
"""
import contextlib
import fcntl
import lzma
import os
import re
import shutil
import stat
import subprocess
import time

from lab import TOP, Skip

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", "/var/cache"), "egressd-kernels")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = [("Debian-Security", "bullseye-security"), ("Debian", "bookworm"), ("Debian-Security", "bookworm-security"),
          ("Debian", "bookworm-backports"), ("Debian", "trixie-backports")]  # by the label of their archive
LISTS_FRESH_S = 7 * 86400  # newer kernels come about weekly
TRIED_FRESH_S = 600        # an archive that did not answer is not asked again by each kernel of a run
APT_S = 180                # one update or download; a kernel has about 60 MB
# name, pattern of the package (the highest version wins), what to add to the command line
KERNELS = [
    ("5.10", r"linux-image-5\.10\.0-\d+-cloud-amd64", ""),
    ("6.1", r"linux-image-6\.1\.0-\d+-cloud-amd64", ""),
    ("6.12", r"linux-image-6\.12\.\d+\+deb12-cloud-amd64", ""),
    ("6.18", r"linux-image-6\.18\.\d+\+deb13-cloud-amd64", ""),
    ("7.x", r"linux-image-7\.\d+\.\d+\+deb13-cloud-amd64", ""),
    ("7.x-full", r"linux-image-7\.\d+\.\d+\+deb13-cloud-amd64", "preempt=full"),
]
MODULES = ["gcm", "ghash_generic", "ctr", "aes_generic", "veth", "vsock", "vsock_loopback", "sctp", "smc", "tls", "dummy", "vxlan", "tun", "sch_tbf",
           "unix_diag", "tcp_diag", "inet_diag", "af_packet_diag", "ipip", "wireguard", "geneve", "ip_gre", "sit", "ip6_tunnel", "xfrm_user", "esp4", "jitterentropy_rng", "sha512_generic", "drbg", "crypto_null", "seqiv", "nfsv4", "nbd", "nvme_tcp", "loop", "ext4", "overlay"]
PYTHON = "/usr/bin/python3"
PROGRAMS = ["ip", "ss", "tc", "wg", "nsenter", "setpriv", "sysctl", "unshare", "mke2fs", "dash", "busybox"]
MEMORY_MB = 1536
PYTHON_UNUSED = {"lib-dynload", "test", "idlelib", "lib2to3", "pydoc_data", "distutils", "asyncio", "xml", "email/test",
                 "dist-packages", "site-packages", "ensurepip", "venv", "turtledemo", "tkinter", "unittest", "multiprocessing", "concurrent", "xmlrpc", "wsgiref"}


# --- packages ---------------------------------------------------------------
def archives():
    """Where this host's own apt finds each of Debian's archives, by label."""
    out = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    lines = [line.split("|") for line in out.splitlines()]
    return {label: uri for origin, label, uri in reversed(lines) if origin == "Debian"}


def apt_environment(name="apt", suites=tuple(SUITES)):
    """A second apt configuration, with its own lists and status: the host's are not touched."""
    home = os.path.join(CACHE, name)
    for part in ("lists/partial", "archives/partial"):
        os.makedirs(os.path.join(home, part), exist_ok=True)
    with open(os.path.join(home, "status"), "a", encoding="utf-8"):
        pass
    with open(os.path.join(home, "sources.list"), "w", encoding="utf-8") as f:
        where = archives()
        if not where and not os.path.exists(os.path.join(home, "updated")):
            raise Skip("no Debian archive among this host's apt sources (or no apt-get update yet)")
        f.writelines(f"deb [signed-by={KEYRING}] {where[label]} {suite} main\n"
                     for label, suite in suites if label in where)
    config = os.path.join(home, "apt.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f'Dir::Etc::sourcelist "{home}/sources.list";\nDir::Etc::sourceparts "-";\n'
                f'Dir::State::lists "{home}/lists";\nDir::State::status "{home}/status";\nDir::Cache "{home}";\n'
                'APT::Sandbox::User "root";\nAcquire::Languages "none";\nAcquire::Retries "1";\n'
                'Acquire::http::Timeout "15";\nAcquire::https::Timeout "15";\n')
    return dict(os.environ, APT_CONFIG=config)


@contextlib.contextmanager
def cache_locked():
    """One at a time: apt locks its lists against a second one, which then knows no packages."""
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def apt(env, *argv, cwd=None, seconds=APT_S):
    """Exit status, and what was said."""
    try:
        p = subprocess.run(argv, env=env, cwd=cwd, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return 1, f"the archive is slow: {argv[0]} took more than {seconds} s"
    return p.returncode, p.stdout


def fresh(stamp, seconds):
    return os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < seconds


def touch(stamp):
    with open(stamp, "w", encoding="ascii"):
        pass


def lists_refresh(env, fresh_s=LISTS_FRESH_S, seconds=APT_S):
    """Unless that was done (or tried) lately."""
    stamp, tried = (os.path.join(os.path.dirname(env["APT_CONFIG"]), name) for name in ("updated", "tried"))
    if fresh(stamp, fresh_s) or fresh(tried, TRIED_FRESH_S):
        return
    touch(tried)
    status, text = apt(env, "apt-get", "-q=2", "update", seconds=seconds)
    if status == 0 and not re.search("^E:|Failed to fetch", text, re.M):
        touch(stamp)


def version_key(name):
    return [int(n) for n in re.findall(r"\d+", name)]


def package_newest(env, pattern):
    """The highest version that the lists know."""
    _, text = apt(env, "apt-cache", "pkgnames", "linux-image-")
    names = [n for n in text.split() if re.fullmatch(pattern, n)]
    if not names:
        raise Skip(f"no package {pattern} in the archive, or no lists of it")
    return max(names, key=version_key)


def package_had(pattern):
    """The highest version that was fetched before; None without one."""
    names = [d for d in os.listdir(CACHE) if re.fullmatch(pattern, d) and os.path.exists(os.path.join(CACHE, d, "complete"))]
    return max(names, key=version_key, default=None)


def parts_of(env, package):
    """A kernel may come in several packages (binary, modules)."""
    _, text = apt(env, "apt-cache", "depends", "--important", package)
    return [package] + re.findall(r"Depends: (linux-(?:binary|modules)-\S+)", text)


def download(env, packages, home, seconds=APT_S):
    """Fetches packages and unpacks them in `home`; Skip says why not."""
    os.makedirs(home, exist_ok=True)
    status, text = apt(env, "apt-get", "-q=2", "download", *packages, cwd=home, seconds=seconds)
    if status:
        raise Skip(f"cannot fetch {packages[0]}: {text.strip().splitlines()[-1] if text.strip() else status}")
    for deb in [d for d in os.listdir(home) if d.endswith(".deb")]:
        subprocess.run(["dpkg-deb", "-x", os.path.join(home, deb), home], check=True)
        os.unlink(os.path.join(home, deb))


def package_fetch(env, pattern):
    """The newest that the lists know, whole; its name."""
    package = package_newest(env, pattern)
    home = os.path.join(CACHE, package)
    if not os.path.exists(os.path.join(home, "complete")):
        shutil.rmtree(home, ignore_errors=True)
        download(env, parts_of(env, package), home)
        touch(os.path.join(home, "complete"))
    return package


def kernel_fetch(pattern):
    """The unpacked kernel: (directory, its release). Lists that name a package which is gone are
    fetched anew; without an archive the newest stands that was fetched before. Skip says why there is none."""
    with cache_locked():
        env = apt_environment()
        lists_refresh(env)
        try:
            package = package_fetch(env, pattern)
        except Skip:
            lists_refresh(env, 0)
            try:
                package = package_fetch(env, pattern)
            except Skip:
                package = package_had(pattern)
                if not package:
                    raise
    return os.path.join(CACHE, package), package.removeprefix("linux-image-")


def package_program(package, path, suite=None):
    """A program of a package that is fetched and unpacked, not installed; None if it cannot be had. `suite`: of
    that release of Debian alone."""
    home = os.path.join(CACHE, f"{package}-{suite}" if suite else package)
    with cache_locked():
        if not os.path.exists(os.path.join(home, path)):
            env = apt_environment(f"apt-{suite}", (("Debian", suite),)) if suite else apt_environment()
            lists_refresh(env)
            try:
                download(env, [package], home)
            except Skip:
                return None
    return os.path.join(home, path)


def root_fetch(package, suite, without, trim=(), seconds=60):
    """A directory with a package of another suite and all the libraries it needs, its C library
    too: a root for chroot. `without`: beginnings of names of packages it can do without; `trim`:
    directories of no use; `seconds`: for the lists, and for the packages. Skip says why it cannot be had."""
    home = os.path.join(CACHE, f"{package}-{suite}")
    if not os.path.exists(os.path.join(home, "complete")):
        with cache_locked():
            root_make(home, package, suite, without, trim, seconds)
    return home


def root_make(home, package, suite, without, trim, seconds):
    env = apt_environment(f"apt-{suite}", (("Debian", suite),))
    lists_refresh(env, seconds=seconds)
    status, text = apt(env, "apt-get", "-q=2", "--print-uris", "--no-install-recommends", "install", package)
    names = [n for n in re.findall(r"^'\S+' ([^_\s]+)_\S+\.deb ", text, re.M) if not n.startswith(without)]
    if status or package not in names:
        raise Skip(f"no package {package} in Debian {suite}")
    shutil.rmtree(home, ignore_errors=True)
    download(env, names, home, seconds)
    for part in ("usr/share/doc", "usr/share/man", "usr/share/locale", *trim):
        shutil.rmtree(os.path.join(home, part), ignore_errors=True)
    for part in ("lib", "lib64"):  # merged since Debian 12
        if os.path.isdir(f"{home}/usr/{part}") and not os.path.exists(f"{home}/{part}"):
            os.symlink(f"usr/{part}", f"{home}/{part}")
    touch(os.path.join(home, "complete"))


def find(home, test):
    return [os.path.join(d, f) for d, _, files in os.walk(home) for f in sorted(files) if test(f)]


def kernel_image(home):
    images = find(home, lambda f: f.startswith("vmlinuz"))
    if not images:
        raise Skip(f"no kernel image in {os.path.basename(home)}")
    return images[0]


def module_bytes(path):
    with open(path, "rb") as f:
        data = f.read()
    return lzma.decompress(data) if path.endswith(".xz") else data


def modules_ordered(home, wanted=tuple(MODULES)):
    """(name, contents) of the modules and all they need, needed ones first. Those a kernel
    has built in, or does not have, are left out."""
    paths = {re.sub(r"\.ko(\.xz)?$", "", os.path.basename(p)).replace("-", "_"): p
             for p in find(home, lambda f: re.search(r"\.ko(\.xz)?$", f))}
    done = {}

    def add(name):
        if name in done or name not in paths:
            return
        data = module_bytes(paths[name])
        needs = re.search(rb"\0depends=([^\0]*)\0", data)
        for need in needs.group(1).decode().replace("-", "_").split(",") if needs else ():
            add(need)
        done[name] = data
    for name in wanted:
        add(name)
    return list(done.items())


# --- memory file system -----------------------------------------------------
class Cpio:
    """Writes a `newc` archive, parents before children."""

    def __init__(self, path):
        self.f, self.seen, self.ino = open(path, "wb"), set(), 0

    def _entry(self, name, mode, data=b"", mtime=0):
        self.ino += 1
        words = (self.ino, mode, 0, 0, 1, int(mtime), len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % w for w in words) + name.encode() + b"\0"
        self.f.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))

    def directory(self, name):
        name = name.strip("/")
        if not name or name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def data(self, name, data, mode=0o755, mtime=0):
        name = name.strip("/")
        if name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFREG | mode, data, mtime)

    def link(self, name, target):
        name = name.strip("/")
        if name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def file(self, source, name=None):
        """A file under its own path (or `name`), with what it links to."""
        s = os.stat(source)
        with open(source, "rb") as f:
            self.data(name or source, f.read(), stat.S_IMODE(s.st_mode), s.st_mtime)

    def program(self, source, name=None):
        self.file(os.path.realpath(source), name or source)
        out = subprocess.run(["ldd", source], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=False).stdout
        for library in re.findall(r"(/\S+)\s+\(0x", out):
            self.file(os.path.realpath(library), library)

    def tree(self, source, name, keep=lambda relative: True):
        for d, dirs, files in os.walk(source):
            at = os.path.relpath(d, source)
            dirs[:] = sorted(x for x in dirs if keep(os.path.normpath(os.path.join(at, x))))
            for f in sorted(files):
                path = os.path.join(d, f)
                if os.path.isfile(path):
                    self.file(path, os.path.join(name, os.path.normpath(os.path.join(at, f))))

    def close(self):
        self._entry("TRAILER!!!", 0)
        self.f.write(bytes(-self.f.tell() % 512))
        self.f.close()


def python_add(cpio):
    """The system's Python (the tests name it in their first line), whatever else is in PATH."""
    home = subprocess.run([PYTHON, "-c", "import os; print(os.path.dirname(os.__file__))"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.strip()
    cpio.program(PYTHON)
    cpio.link("bin/python3", PYTHON)
    cpio.data(os.path.join(home, "site.py"), b"")  # its searching is half of what a short program takes here
    cpio.tree(home, home, lambda at: at not in PYTHON_UNUSED and not at.startswith("config-"))
    for extension in find(os.path.join(home, "lib-dynload"), lambda f: re.match(r"_(ctypes|json|queue)\.", f)):
        cpio.program(extension)


def base_image(path, build, init, more=()):
    """Programs (and `more`, by their paths), Python, the tests and what was built, under /t;
    `init` is its first process."""
    cpio = Cpio(path)
    for name in PROGRAMS:
        where = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not where:
            raise Skip(f"no {name} here")
        cpio.program(where, "/bin/" + name)
    for program in more:
        cpio.program(program, "/bin/" + os.path.basename(program))
    cpio.link("usr/sbin", "/bin")
    cpio.link("sbin", "/bin")
    cpio.link("bin/sh", "/bin/dash")  # busybox's shell would prefer its own applets
    for applet in ("mount", "insmod", "cat", "echo", "poweroff", "ls", "env", "cut", "umount",
                   "cp", "dd", "tar", "seq", "rm", "truncate", "mkfifo", "true", "sleep", "dmesg", "mkdir", "uname"):
        cpio.link("bin/" + applet, "/bin/busybox")
    python_add(cpio)
    cpio.link("usr/bin/env", "/bin/busybox")
    cpio.tree(os.path.join(TOP, "tests", "lib"), "t/tests/lib")
    cpio.tree(os.path.join(TOP, "tests", "system"), "t/tests/system")
    for part in ("tests/probe", "tests/helpers"):
        for program in find(os.path.join(build, part), lambda f: "." not in f):
            cpio.program(program, f"t/build/{part}/{os.path.basename(program)}")
    for name in ("egressd", "egressctl"):
        cpio.program(os.path.join(build, name), "t/build/" + name)
    for directory in ("proc", "sys", "dev", "run", "tmp", "var/tmp", "root", "etc", "var/lib", "lib/modules"):
        cpio.directory(directory)
    cpio.data("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", 0o644)
    cpio.data("etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o644)
    cpio.file(init, "init")
    cpio.close()


def kernel_initrd(path, base, home, commands):
    """The base, then the kernel's modules in loading order and what this boot shall do."""
    shutil.copyfile(base, path)
    extra = path + ".extra"
    cpio = Cpio(extra)
    for n, (name, data) in enumerate(modules_ordered(home)):
        cpio.data(f"modules/{n:03}-{name}.ko", data, 0o644)
    cpio.data("commands", commands.encode())
    cpio.close()
    with open(path, "ab") as to, open(extra, "rb") as f:
        shutil.copyfileobj(f, to)
    os.unlink(extra)


# --- the machine ------------------------------------------------------------
def boot(lab, name, image, initrd, append=""):
    """Starts the machine. Its console and its results are files of the lab; gives the
    process and the path of the results. Its clock is the HPET: the rate of the TSC is found by
    counting, and a host that is busy just then makes time run several times too fast."""
    console, results = lab.path(name + ".console"), lab.path(name + ".results")
    argv = ["nice", "-n", "10", "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", image, "-initrd", initrd, "-serial", f"file:{console}", "-serial", f"file:{results}",
            "-append", f"console=ttyS0 quiet panic=-1 oops=panic mitigations=off clocksource=hpet tsc=unstable {append}".strip()]
    return lab.start(argv, log=name + ".qemu"), results
