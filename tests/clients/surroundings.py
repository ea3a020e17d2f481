"""What the endpoint suites share: parties that call the gateway, an endpoint that asks for a certificate, and checks that are told as they are made.

Surroundings: URL, CA and CERTIFICATES of the gateway, MESSAGES, SERVER: the endpoint's own certificate with its key in one file.
"""
import http.client
import json
import os
import re
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Seconds after which what did not happen is taken not to happen.
PATIENCE_S = 60

failed = []


def check(what, is_right, instead=""):
    print(f"ok   {what}" if is_right else f"NOT  {what}: {instead}", flush=True)
    if not is_right:
        failed.append(what)


def until(what, happened):
    """Gives what `happened` gives once it is something; ends the run with `what` when it takes too long."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if found := happened():
            return found
        time.sleep(0.05)
    raise SystemExit(f"NOT  {what}: it did not happen in {PATIENCE_S} s")


def message(kind, gemeente, mark, **other):
    """A message of this kind from or to this municipality, with other texts in these elements. Messages with another mark have other identifications: a
    maker uses one once, and an answer names that of its question."""
    with open(os.path.join(os.environ["MESSAGES"], kind, "plain", "message.xml"), encoding="utf-8") as file:
        text = file.read().replace(">0289<", f">{gemeente}<")
    text = re.sub(r"(<\w+:Identificatie(?:Retour)?>[^<]+)", rf"\g<1>{mark}", text)
    for name, value in other.items():
        text = re.sub(rf"(:{name}>)[^<]+", rf"\g<1>{value}", text, count=1)
    return text.encode()


def certificate_of(name):
    folder = os.environ["CERTIFICATES"]
    return os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")


class Party:
    """A party as it calls the gateway, with its certificate."""

    def __init__(self, name):
        self.tls = ssl.create_default_context(cafile=os.environ["CA"])
        self.tls.load_cert_chain(*certificate_of(name))

    def call(self, method, path, body=None, headers=None):
        to = urllib.parse.urlsplit(os.environ["URL"])
        connection = http.client.HTTPSConnection(to.hostname, to.port, context=self.tls, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def hand_in(self, body):
        """Hands a message in over the own API; gives its id."""
        status, answer = self.call("POST", "/v1/berichten", body, {"Content-Type": "application/xml"})
        assert status == 201, (status, answer)
        return json.loads(answer)["id"]

    def state(self, id):
        return self.get(f"/v1/berichten/{id}")["state"]

    def stopped(self):
        """What is not brought to this party any more: why and after how many tries, by id."""
        listed = self.get("/v1/leveringen?gestopt=true")["deliveries"]
        return {one["id"]: (one["state"], one["reason"], one["attempts"]) for one in listed}


class Request:
    """What came in at an endpoint, and from whom by his certificate."""

    def __init__(self, handler, body):
        subject = dict(pair for names in handler.connection.getpeercert()["subject"] for pair in names)
        self.oin = subject.get("serialNumber")
        self.method, self.path, self.headers, self.body = handler.command, handler.path, handler.headers, body


class Endpoint:
    """An HTTPS server that takes nobody without a certificate. `answer` gets each request, one at a time, and gives a status, headers and a body."""

    def __init__(self, port, answer):
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answered(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    status, headers, content = answer(Request(self, body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = answered

            def log_message(self, *_):
                pass

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(os.environ["SERVER"])
        tls.load_verify_locations(os.environ["CA"])
        tls.verify_mode = ssl.CERT_REQUIRED
        self.port = port
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def takes_nobody_without_certificate(self):
        """Whether it is so: what is concluded from certificates rests on it."""
        bare = ssl.create_default_context(cafile=os.environ["CA"])
        connection = http.client.HTTPSConnection("localhost", self.port, context=bare, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/", b"")
            connection.getresponse()
        except (ssl.SSLError, ConnectionError, http.client.HTTPException):
            return True
        finally:
            connection.close()
        return False
