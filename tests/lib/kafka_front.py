# SPDX-License-Identifier: Apache-2.0
"""What librdkafka's mock cluster lacks, in front of it: TLS with client certificates, and
SASL as the Kafka protocol guide describes it (SaslHandshake, SaslAuthenticate with PLAIN
and SCRAM, RFC 4616 and 5802). Everything else is passed on to the cluster, whose own
address becomes ours in its answers, so that no client gets round us."""
import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct
import threading

SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 17, 18, 36
UNSUPPORTED_MECHANISM, AUTHENTICATION_FAILED = 33, 58
OFFERED = struct.pack(">hhh", SASL_HANDSHAKE, 0, 1), struct.pack(">hhh", SASL_AUTHENTICATE, 0, 1)


def text(s):
    return struct.pack(">h", len(s)) + s.encode()


def take_text(data):
    n = struct.unpack(">h", data[:2])[0]
    return data[2:2 + max(n, 0)], data[2 + max(n, 0):]


def frames(read):
    """Each length-prefixed message until the other side closes."""
    while True:
        head = read(4)
        if len(head) < 4:
            return
        body = read(struct.unpack(">i", head)[0])
        if not body:
            return
        yield body


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            return b""
        data += more
    return data


class Login:
    """One conversation of a mechanism: step() takes the client's words and gives ours;
    ValueError: it is not who it says."""

    def __init__(self, mechanism, users):
        self.mechanism, self.users, self.done, self.first = mechanism, users, False, None

    def step(self, words):
        if self.mechanism == "PLAIN":
            _, user, password = words.decode().split("\0")
            if self.users.get(user) != password:
                raise ValueError(user)
            self.done = True
            return b""
        return self.scram(words.decode())

    def scram(self, words):
        name = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}[self.mechanism]
        fields = dict(f.split("=", 1) for f in words.removeprefix("n,,").split(","))
        if self.first is None:
            self.salt, self.user = os.urandom(16), fields["n"]
            server = f"r={fields['r']}{os.urandom(9).hex()},s={base64.b64encode(self.salt).decode()},i=4096"
            self.first = words.removeprefix("n,,") + "," + server
            return server.encode()
        salted = hashlib.pbkdf2_hmac(name, self.users.get(self.user, "").encode(), self.salt, 4096)
        key = hmac.digest(salted, b"Client Key", name)
        said = f"{self.first},{words.rsplit(',p=', 1)[0]}".encode()
        signature = hmac.digest(hashlib.new(name, key).digest(), said, name)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        if base64.b64decode(fields["p"]) != proof or self.user not in self.users:
            raise ValueError(self.user)
        self.done = True
        return b"v=" + base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", name), said, name))


class Front:
    def __init__(self, cluster, certificates, name="good", users=None, mechanisms=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")):
        """certificates: a directory as receivers.certificates() makes it; users: who may log in, None: nobody has to."""
        self.host, port = cluster.rsplit(":", 1)
        self.port, self.users, self.mechanisms = int(port), users, mechanisms
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(os.path.join(certificates, name + ".pem"), os.path.join(certificates, name + ".key"))
        self.tls.load_verify_locations(os.path.join(certificates, "ca.pem"))
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.peers, self.logins, self.refused = [], [], []  # certificates' names; (user, mechanism); why
        self.listener = socket.create_server(("127.0.0.1", 0))
        ours = self.listener.getsockname()[1]
        self.address = f"localhost:{ours}"
        self.theirs, self.ours = (self.host.encode() + struct.pack(">i", p) for p in (self.port, ours))
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with self.tls.wrap_socket(client, server_side=True) as secure, socket.create_connection((self.host, self.port)) as broker:
                self.peers.append(dict(x[0] for x in secure.getpeercert()["subject"])["commonName"])
                self.relay(secure, broker)
        except (OSError, ssl.SSLError, ValueError) as e:
            self.refused.append(str(e))

    def relay(self, client, broker):
        asked = {}  # correlation id: version, of ApiVersions
        send_lock = threading.Lock()

        def send(body):
            with send_lock:
                client.sendall(struct.pack(">i", len(body)) + body)

        def answers():
            try:
                for body in frames(lambda n: exactly(broker, n)):
                    version = asked.pop(struct.unpack(">i", body[:4])[0], None)
                    body = body.replace(self.theirs, self.ours)
                    send(self.offer_sasl(body, version) if self.users is not None and version is not None else body)
            except OSError:
                return
        threading.Thread(target=answers, daemon=True).start()
        login, allowed = None, self.users is None
        for body in frames(lambda n: exactly(client, n)):
            key, version, correlation = struct.unpack(">hhi", body[:8])
            words = take_text(body[8:])[1]
            if key == SASL_HANDSHAKE:
                mechanism = take_text(words)[0].decode()
                known = mechanism in self.mechanisms
                login = Login(mechanism, self.users) if known else None
                send(struct.pack(">ihi", correlation, 0 if known else UNSUPPORTED_MECHANISM, len(self.mechanisms)) + b"".join(map(text, self.mechanisms)))
            elif key == SASL_AUTHENTICATE and login:
                try:
                    reply = login.step(words[4:])
                    send(struct.pack(">ihhi", correlation, 0, -1, len(reply)) + reply + (struct.pack(">q", 0) if version else b""))
                except ValueError as e:
                    send(struct.pack(">ih", correlation, AUTHENTICATION_FAILED) + text("wrong user or password") + struct.pack(">i", 0)
                         + (struct.pack(">q", 0) if version else b""))
                    raise ValueError(f"login of {e}") from e
                if login.done:
                    allowed = True
                    self.logins.append((self.users and next(iter(self.users)), login.mechanism))
            elif key == API_VERSIONS or allowed:
                if key == API_VERSIONS:
                    asked[correlation] = version
                broker.sendall(struct.pack(">i", len(body)) + body)
            else:
                raise ValueError(f"request {key} before a login")

    @staticmethod
    def offer_sasl(body, version):
        """The cluster's ApiVersions answer and the two requests of ours; an error stays as it is."""
        if struct.unpack(">h", body[4:6])[0]:
            return body
        if version < 3:
            count = struct.unpack(">i", body[6:10])[0]
            return body[:6] + struct.pack(">i", count + len(OFFERED)) + b"".join(OFFERED) + body[10:]
        return body[:6] + bytes([body[6] + len(OFFERED)]) + b"".join(o + b"\0" for o in OFFERED) + body[7:]
