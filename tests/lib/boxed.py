# SPDX-License-Identifier: Apache-2.0
"""A program of a Debian package that cannot be installed beside another one (rsyslog and
syslog-ng): the installed one if there is one, else the package unpacked below BUILD. Its
libraries are installed by tools/deps."""
import glob
import os
import shutil
import subprocess

from siem import BUILD


def box(*packages):
    """The directory the packages are unpacked in; None when they cannot be had."""
    top = os.path.join(BUILD, "boxed", packages[0])
    if os.path.exists(os.path.join(top, ".whole")):
        return top
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    try:
        subprocess.run(["apt-get", "-q=2", "download", *packages], cwd=top, check=True, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for deb in glob.glob(os.path.join(top, "*.deb")):
            subprocess.run(["dpkg", "-x", deb, top], check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    with open(os.path.join(top, ".whole"), "w", encoding="ascii"):
        return top


def program(name, *packages):
    """(path, box or None for the installed one); (None, None) when it cannot be had."""
    path = shutil.which(name, path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
    if path:
        return path, None
    top = box(*packages) if shutil.which("apt-get") and shutil.which("dpkg") else None
    path = top and os.path.join(top, "usr/sbin", name)
    return (path, top) if path and os.access(path, os.X_OK) else (None, None)


def one(top, pattern):
    """The one path below the box that matches."""
    return glob.glob(os.path.join(top, pattern))[0]
