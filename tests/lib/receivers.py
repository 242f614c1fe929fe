# SPDX-License-Identifier: Apache-2.0
"""Receivers for tests, of the standard library alone, written to the documented
behaviour of Splunk's HEC, Elastic's _bulk, OTLP/HTTP and a webhook, with their errors on
demand. Each keeps the event ids it stored, in order. `fault` is called for each request
with its number and may return (status, headers, body) to answer instead, or "close"."""
import gzip
import hashlib
import hmac
import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import threading


def certificates(where):
    """A directory with ca, good, client, wrong and expired (.pem, .key)."""
    d = os.path.join(where, "tls")
    os.makedirs(d)

    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=d, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def issue(name, san, days):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(os.path.join(d, "ext"), "w", encoding="utf-8") as f:
            f.write(f"subjectAltName={san}\n")
        begin = ["-days", str(days)]
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                "-extfile", "ext", *begin)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", "2")
    issue("good", "DNS:localhost,IP:127.0.0.1", 2)
    issue("client", "DNS:client", 2)
    issue("wrong", "DNS:elsewhere.example", 2)
    issue("expired", "DNS:localhost,IP:127.0.0.1", -1)
    return d


def decode(coding, body):
    if coding == "gzip":
        return gzip.decompress(body)
    return subprocess.run(["zstd", "-d", "-c", "-q"], input=body, capture_output=True, check=True).stdout


class Http:
    def __init__(self, fault=None, tls=None, port=0, refuse_coding=False):
        self.ids, self.requests, self.fault, self.bad, self.lock = [], 0, fault, [], threading.Lock()
        self.codings = set()  # of the bodies that came
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with outer.lock:
                    outer.requests += 1
                    n = outer.requests
                answer = outer.fault(n) if outer.fault else None
                coding = self.headers.get("Content-Encoding")
                outer.codings.add(coding)
                if coding and refuse_coding:
                    answer = (415, {}, "unsupported media type")
                elif coding:
                    body = decode(coding, body)
                if answer == "close":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                with outer.lock:
                    if answer is None:
                        answer = outer.handle(self.path, self.headers, body)
                    elif callable(answer):
                        answer = answer(outer, self.path, self.headers, body)
                status, headers, text = answer
                data = text if isinstance(text, bytes) else text.encode()
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle(self, path, headers, body):
        raise NotImplementedError

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Hec(Http):
    """POST /services/collector/event and /services/collector/ack."""
    def __init__(self, token="t0ken", ack=False, lose_acks=0, **kw):
        self.token, self.ack, self.lose_acks, self.next_ack, self.pending, self.polls = token, ack, lose_acks, 0, {}, 0
        super().__init__(**kw)

    def handle(self, path, headers, body):
        auth = headers.get("Authorization")
        if not auth:
            return 401, {}, '{"text":"Token is required","code":2}'
        if auth != f"Splunk {self.token}":
            return 403, {}, '{"text":"Invalid token","code":4}'
        if path == "/services/collector/ack":
            self.polls += 1
            return 200, {}, json.dumps({"acks": {str(n): self.pending.pop(n, False) for n in json.loads(body)["acks"]}})
        if path != "/services/collector/event":
            return 404, {}, '{"text":"The requested URL was not found on this server.","code":404}'
        if self.ack and not headers.get("X-Splunk-Request-Channel"):
            return 400, {}, '{"text":"Data channel is missing","code":10}'
        events, at, text = [], 0, body.decode()
        decoder = json.JSONDecoder()
        try:
            while at < len(text):
                if text[at].isspace():
                    at += 1
                    continue
                event, at = decoder.raw_decode(text, at)
                events.append(event)
        except ValueError:
            return 400, {}, '{"text":"Invalid data format","code":6,"invalid-event-number":%d}' % len(events)
        if not events:
            return 400, {}, '{"text":"No data","code":5}'
        if self.ack:
            n, self.next_ack = self.next_ack, self.next_ack + 1
            if self.lose_acks > 0:  # the indexer lost it: never true, and not stored
                self.lose_acks -= 1
                return 200, {}, json.dumps({"text": "Success", "code": 0, "ackId": n})
            self.pending[n] = True
        self.ids += [e["event"]["egressd.event.id"] for e in events]
        return 200, {}, json.dumps({"text": "Success", "code": 0, **({"ackId": n} if self.ack else {})})


class Bulk(Http):
    """POST /_bulk. `item` may give an item's status by its id and how often it was seen."""
    def __init__(self, item=None, **kw):
        self.item, self.seen, self.stored, self.documents, self.duplicates = item, {}, set(), [], 0
        super().__init__(**kw)

    def handle(self, path, headers, body):
        if path != "/_bulk" or headers.get("Content-Type") != "application/x-ndjson" or not body.endswith(b"\n"):
            return 400, {}, '{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline [\\\\n]"},"status":400}'
        lines, items = body.decode().split("\n")[:-1], []
        for action, doc in zip(lines[::2], lines[1::2]):
            create = json.loads(action)["create"]
            event = create["_id"]
            self.seen[event] = self.seen.get(event, 0) + 1
            status = self.item(event, self.seen[event]) if self.item else None
            if status is None:
                status = 409 if event in self.stored else 201
            item = {"_index": create["_index"], "_id": event, "status": status}
            if status == 201:
                self.stored.add(event)
                self.ids.append(event)
                self.documents.append(json.loads(doc))
            else:
                self.duplicates += status == 409
                item["error"] = {"type": {409: "version_conflict_engine_exception", 429: "es_rejected_execution_exception"}.get(
                    status, "document_parsing_exception"), "reason": f"status {status}"}
            items.append({"create": item})
        return 200, {"Content-Type": "application/json"}, json.dumps(
            {"took": 1, "errors": any(i["create"]["status"] >= 300 for i in items), "items": items})


class Webhook(Http):
    def __init__(self, secret=None, **kw):
        self.secret = secret
        super().__init__(**kw)

    def handle(self, path, headers, body):
        if self.secret:
            parts = dict(p.split("=", 1) for p in headers["X-Egressd-Signature"].split(","))
            want = hmac.new(self.secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(want, parts["v1"]):
                self.bad.append("signature")
                return 400, {}, "bad signature"
        if headers["Content-Type"] == "application/cloudevents-batch+json":
            self.ids += [e["id"] for e in json.loads(body)]
        else:
            self.ids += [json.loads(line).get("event_id") or json.loads(line)["event.id"] for line in body.decode().splitlines()]
        return 200, {}, "ok"


class Rows(Http):
    """ClickHouse's HTTP interface, as far as an INSERT goes."""
    def handle(self, path, headers, body):
        if "query=INSERT%20INTO%20" not in path or "FORMAT%20JSONEachRow" not in path:
            return 400, {}, "Code: 62. DB::Exception: Syntax error"
        rows = [json.loads(line) for line in body.decode().splitlines()]
        if any("." in k or "@" in k for r in rows for k in r):
            return 400, {}, "Code: 117. DB::Exception: Unknown field found while parsing JSONEachRow format"
        self.ids += [r["event_id"] for r in rows]
        return 200, {}, ""


def fields(data):
    """One protobuf message: (number, value)."""
    at, out = 0, []

    def varint():
        nonlocal at
        v = shift = 0
        while True:
            b = data[at]
            at += 1
            v |= (b & 127) << shift
            shift += 7
            if b < 128:
                return v
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            out.append((key >> 3, varint()))
        elif key & 7 == 1:
            out.append((key >> 3, data[at:at + 8]))
            at += 8
        else:
            n = varint()
            out.append((key >> 3, data[at:at + n]))
            at += n
    return out


class Otlp(Http):
    def __init__(self, reject=0, **kw):
        self.reject, self.metrics, self.units = reject, {}, {}  # name: [monotonic, {attributes: value}]
        super().__init__(**kw)

    def take_metrics(self, body):
        for _, resource in fields(body):
            for scope in (v for n, v in fields(resource) if n == 2):
                for metric in (dict(fields(v)) for n, v in fields(scope) if n == 2):
                    data = fields(metric.get(5) or metric[7])
                    points = {}
                    for point in (fields(v) for n, v in data if n == 1):
                        labels = tuple((k.decode(), fields(v)[0][1].decode()) for k, v in
                                       ([v for _, v in fields(pair)] for n, pair in point if n == 7))
                        points[labels] = struct.unpack("<d", dict(point)[4])[0]
                    self.units[metric[1].decode()] = metric.get(3)
                    self.metrics[metric[1].decode()] = [bool(dict(data).get(3)), points]
        return 200, {"Content-Type": "application/x-protobuf"}, b""

    def handle(self, path, headers, body):
        if headers["Content-Type"] != "application/x-protobuf":
            return 415, {}, ""
        if path == "/v1/metrics":
            return self.take_metrics(body)
        if path != "/v1/logs":
            return 404, {}, ""
        for _, resource_logs in fields(body):
            for number, scope_logs in fields(resource_logs):
                for n, record in fields(scope_logs) if number == 2 else []:
                    for m, pair in fields(record) if n == 2 else []:
                        key, value = (v for _, v in fields(pair)) if m == 6 else (b"", b"")
                        if key == b"event.id":
                            self.ids.append(fields(value)[0][1].decode())
        if self.reject:
            n, self.reject = self.reject, 0
            return 200, {"Content-Type": "application/x-protobuf"}, bytes([0x0A, 7, 8, n, 0x12, 3]) + b"bad"
        return 200, {"Content-Type": "application/x-protobuf"}, b""


class Syslog:
    """Octet-counted syslog over TCP or TLS; keeps whole messages."""
    def __init__(self, tls=None, port=0):
        self.messages, self.tls, self.connections, self.handshake_errors = [], tls, [], 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.accepting = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        try:
            if self.tls:
                c = self.tls.wrap_socket(c, server_side=True)
        except (ssl.SSLError, OSError):
            self.handshake_errors += 1
            return
        self.connections.append(c)
        data = b""
        while True:
            try:
                chunk = c.recv(1 << 16)
            except OSError:
                return
            if not chunk:
                return
            data += chunk
            while b" " in data[:12]:
                head, rest = data.split(b" ", 1)
                if len(rest) < int(head):
                    break
                self.messages.append(rest[:int(head)].decode())
                data = rest[int(head):]

    @property
    def ids(self):
        return [m.split('eventId="')[1].split('"')[0] for m in list(self.messages) if 'eventId="' in m]

    def close(self, abort=False):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self.listener.close()
        for c in self.connections:
            try:
                if abort:  # RST: what was not read is gone
                    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    c.shutdown(socket.SHUT_RD)  # wakes recv(), which holds the socket
                c.close()
            except OSError:
                pass
