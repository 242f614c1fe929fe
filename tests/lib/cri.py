# SPDX-License-Identifier: Apache-2.0
"""A containerd of its own with Kubernetes' runtime interface, spoken to as the kubelet
does: protobuf by field number (k8s.io/cri-api, runtime.v1) over gRPC, carried by curl.
Its image is busybox, packed here: no registry.
"""
import hashlib
import io
import json
import os
import platform
import shutil
import signal
import subprocess
import tarfile

from lab import Skip, run, wait_for

IMAGE = "registry.example/ledger:7"
HOST_NETWORK = 2  # NamespaceMode.NODE


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def message(*fields):
    """From (number, value): int, text, or a message's bytes."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
            continue
        value = value.encode() if isinstance(value, str) else value
        out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def mapping(number, entries):
    return [(number, message((1, k), (2, v))) for k, v in entries.items()]


def pack_image(path, names, image=IMAGE):
    """A docker archive with one layer: busybox under these names."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for d in ("bin", "proc", "sys", "dev", "etc", "tmp", "run"):
            entry = tarfile.TarInfo(d)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(shutil.which("busybox"), "bin/busybox")
        for name in names:
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    config = {"architecture": arch, "os": "linux", "config": {"Cmd": ["/bin/sleep", "600"]}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()]}}
    manifest = [{"Config": "config.json", "RepoTags": [image], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        for name, data in (("config.json", json.dumps(config).encode()), ("layer.tar", layer.getvalue()),
                           ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


class Containerd:
    """Runs in the network namespace `ns`; what it starts on the host's network is there."""

    def __init__(self, lab, ns):
        for program in ("containerd", "ctr", "runc", "busybox", "curl"):
            if not shutil.which(program):
                raise Skip(f"no {program}")
        self.lab, self.dir, self.socket = lab, lab.path("cri"), lab.path("cri.sock")
        os.makedirs(f"{self.dir}/logs")
        with open(f"{self.dir}/config.toml", "w", encoding="ascii") as f:
            f.write(f'version = 2\nroot = "{self.dir}/root"\nstate = "{self.dir}/state"\n'
                    f'[grpc]\n  address = "{self.socket}"\n[plugins."io.containerd.grpc.v1.cri"]\n'
                    f'  sandbox_image = "{IMAGE}"\n  restrict_oom_score_adj = true\n  disable_apparmor = true\n'
                    '  [plugins."io.containerd.grpc.v1.cri".containerd]\n    snapshotter = "native"\n')
        ns.start(["containerd", "-c", f"{self.dir}/config.toml"], log="cri.log", stop=signal.SIGTERM)
        wait_for("containerd", lambda: os.path.exists(self.socket), 20)
        pack_image(f"{self.dir}/image.tar", ("sh", "nc", "dd", "sleep"))
        run(["ctr", "-a", self.socket, "-n", "k8s.io", "images", "import", f"{self.dir}/image.tar"])

    def call(self, method, request):
        with open(f"{self.dir}/request", "wb") as f:
            f.write(b"\0" + len(request).to_bytes(4, "big") + request)
        p = subprocess.run(["curl", "-sS", "--max-time", "60", "--http2-prior-knowledge", "--unix-socket", self.socket,
                            "-H", "content-type: application/grpc", "-H", "te: trailers", "-D", f"{self.dir}/head",
                            "--data-binary", f"@{self.dir}/request",
                            f"http://localhost/runtime.v1.RuntimeService/{method}"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        with open(f"{self.dir}/head", encoding="utf-8", errors="replace") as f:
            head = f.read()
        if p.returncode or "grpc-status: 0" not in head:
            raise RuntimeError(f"{method}: {p.stderr.decode()} {head}")
        return p.stdout[5:]

    def run_pod(self, name, space, container, labels, argv):
        """A pod on the host's network with one container; returns the container's id."""
        network = message((1, message((1, HOST_NETWORK))))
        pod = message((1, message((1, name), (2, f"uid-{self.lab.name}"), (3, space))), (3, f"{self.dir}/logs"),
                      *mapping(6, {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": space}),
                      (8, message((1, f"/kubepods/besteffort/pod{self.lab.name}"), (2, network))))
        sandbox = self.call("RunPodSandbox", message((1, pod)))[2:].decode()
        self.lab.callback(self.remove, sandbox)
        config = message((1, message((1, container))), (2, message((1, IMAGE))),
                         *[(3, word) for word in argv], *mapping(9, labels), (11, f"{container}.log"),
                         (15, message((2, message((3, message((1, HOST_NETWORK))))))))
        ident = self.call("CreateContainer", message((1, sandbox), (2, config), (3, pod)))[2:].decode()
        self.call("StartContainer", message((1, ident)))
        return ident

    def remove(self, sandbox):
        for method in ("StopPodSandbox", "RemovePodSandbox"):
            self.call(method, message((1, sandbox)))
