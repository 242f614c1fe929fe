# SPDX-License-Identifier: Apache-2.0
"""A Docker daemon of a test's own: state, socket and images below the lab's directory, no
bridge, no firewall rules, no registry. Its image is busybox, packed here.
"""
import os
import shutil
import signal

from cri import pack_image
from lab import Namespace, Skip, run, wait_for

IMAGE = "registry.example/ledger:7"


class Docker:
    """Runs in the network namespace `ns`; containers on the host's network are there."""

    def __init__(self, lab, ns):
        # The package's own client: one from elsewhere may not speak to this daemon.
        self.client = shutil.which("docker", path="/usr/bin:" + os.environ.get("PATH", ""))
        for program in ("dockerd", "containerd", "runc", "busybox"):
            if not self.client or not shutil.which(program):
                raise Skip(f"no {program}")
        self.lab, self.dir, self.socket = lab, lab.path("docker"), lab.path("docker.sock")
        os.mkdir(self.dir)
        with open(f"{self.dir}/daemon.json", "w", encoding="ascii") as f:
            f.write("{}\n")
        p = ns.start(["dockerd", "--config-file", f"{self.dir}/daemon.json", "--data-root", f"{self.dir}/data",
                      "--exec-root", f"{self.dir}/exec", "-p", f"{self.dir}/pid", "-H", f"unix://{self.socket}",
                      "--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs",
                      "--exec-opt", "native.cgroupdriver=cgroupfs"], log="docker.log", stop=signal.SIGTERM)
        wait_for("dockerd", lambda: p.poll() is not None or "Server Version" in self.run("info", check=False), 30)
        if p.poll() is not None:
            with open(lab.path("docker.log"), encoding="utf-8", errors="replace") as f:
                raise Skip("dockerd does not run here: " + f.read().strip()[-300:])
        pack_image(f"{self.dir}/image.tar", ("sh", "nc", "dd", "sleep", "cat"), IMAGE)
        self.run("load", "-i", f"{self.dir}/image.tar")

    def run(self, *words, **kw):
        return run([self.client, "--config", self.dir, "-H", f"unix://{self.socket}", *words], **kw).strip()

    def start(self, name, labels, argv, network="host"):
        """Starts a container; returns its id."""
        self.lab.callback(self.run, "rm", "-f", name, check=False)
        named = [word for k, v in labels.items() for word in ("--label", f"{k}={v}")]
        return self.run("run", "-d", "--name", name, *named, "--network", network, "--log-driver", "none",
                        IMAGE, *argv, timeout=60).split("\n")[-1]

    def namespace(self, ident, role):
        """The network namespace of a container that has one of its own."""
        return Namespace(self.lab, role, of=int(self.run("inspect", "-f", "{{.State.Pid}}", ident)))
