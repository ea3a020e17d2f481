#!/usr/bin/env python3
"""The gateway's push client against Prism, a mock server that judges requests by the description of the push, behind an endpoint that asks for a certificate.

Prism hands the parts of a form to their schemas as text, so a JSON part can never be the object that the description asks for. In the file that Prism is given,
that part of the form is therefore text, and what stands in it is judged at a path of its own, against the schema that the description has for it; nothing else
is changed.

Surroundings: those of `surroundings`, PRISM: the program, DESCRIPTION: of the push, OURS: the one written here, PORTS: of the two endpoints and of Prism. Ends
with 0 when all came out as it should.
"""
import copy
import email
import http.client
import io
import json
import os
import subprocess
import sys
import zipfile

from surroundings import PATIENCE_S, Endpoint, Party, check, failed, message, until

BASE = "/berichtenservice/berichten/rest-push/v1"
OIN = "00000099000000001000"
FORM = "multipart/form-data"
METADATA = "/berichtMetadata"
# What a description says for people, and not of messages.
FOR_PEOPLE = {"info", "servers", "tags", "summary", "description", "example"}


def meant(of):
    """What a description says, without what it says for people; lists of names are in no order."""
    if isinstance(of, dict):
        return {name: meant(value) for name, value in of.items() if name not in FOR_PEOPLE}
    if isinstance(of, list) and all(isinstance(one, str) for one in of):
        return sorted(of)
    return [meant(one) for one in of] if isinstance(of, list) else of


class Prism:
    """Prism with a description; it ends with the program."""

    def __init__(self, description, port):
        described = copy.deepcopy(description)
        push = described["paths"]["/berichten"]["post"]
        parts = push["requestBody"]["content"][FORM]["schema"]["properties"]
        alone = {"required": True, "content": {"application/json": {"schema": parts["berichtMetadata"]}}}
        described["paths"][METADATA] = {"post": {"operationId": "metadata", "requestBody": alone, "responses": push["responses"]}}
        parts["berichtMetadata"] = {"type": "string", "minLength": 1}
        with open("prism.json", "w", encoding="utf-8") as file:
            json.dump(described, file)
        self.port = port
        words = ["node", os.environ["PRISM"], "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", "prism.json"]
        with open("prism.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)

    def listens(self):
        assert self.process.poll() is None, open("prism.log", encoding="utf-8").read()
        with open("prism.log", encoding="utf-8") as log:
            return "listening" in log.read()

    def asked(self, path, media, body, prefer=None):
        """The status and the body that Prism answers, and the violations that it found."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Content-Type": media, "Accept": "application/json"}
        if prefer:
            headers["Prefer"] = f"code={prefer}"
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        found = (answer.status, answer.read(), json.loads(answer.headers.get("sl-violations", "[]")))
        connection.close()
        return found


class Push:
    """A push as it came in: its parts by another reader than ours."""

    def __init__(self, request):
        self.body = request.body
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + request.body)
        assert form.get_content_type() == FORM and form.is_multipart(), request.headers["Content-Type"]
        self.parts = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
        self.metadata_text = self.parts["berichtMetadata"].get_payload(decode=True)
        self.metadata = json.loads(self.metadata_text)
        self.bericht = self.metadata["routeringgegevens"]["berichtstroom"]["berichtsubtype"]
        self.payload = self.parts["payload"].get_payload(decode=True)


class Provider:
    """A provider with an endpoint: Prism judges what comes, and answers 204, or what `script` says for the tries of a kind."""

    def __init__(self, prism, description, party, code, port, script):
        self.prism, self.code, self.script, self.came, self.wrong = prism, code, script, [], []
        self.encoding = description["paths"]["/berichten"]["post"]["requestBody"]["content"][FORM]["encoding"]
        self.party = Party(party)
        self.endpoint = Endpoint(port, self.answer)

    def answer(self, request):
        if request.oin != OIN or (request.method, request.path) != ("POST", f"{BASE}/berichten"):
            self.wrong.append(f"{request.oin} {request.method} {request.path}")
        push = Push(request)
        types = {name: part.get_content_type() for name, part in push.parts.items()}
        if types != {name: of["contentType"] for name, of in self.encoding.items()}:
            self.wrong.append(f"{push.bericht}: parts {types}")
        tries = self.script.get(push.bericht, [])
        earlier = sum(one.bericht == push.bericht for one in self.came)
        self.came.append(push)
        turn = tries[earlier] if earlier < len(tries) else 204
        if turn == 503:
            return turn, {}, b""
        _, _, in_metadata = self.prism.asked(METADATA, "application/json", push.metadata_text)
        prefer = None if turn == 204 else turn
        status, body, in_form = self.prism.asked("/berichten", request.headers["Content-Type"], request.body, prefer)
        self.wrong += [f"{push.bericht}: {violation}" for violation in in_metadata + in_form]
        return status, {"Content-Type": "application/json"} if body else {}, body

    def tries(self, bericht):
        return [one for one in self.came if one.bericht == bericht]


def content_of(push, zipped):
    if not zipped:
        return push.payload
    with zipfile.ZipFile(io.BytesIO(push.payload)) as packed:
        [name] = packed.namelist()
        return packed.read(name)


def between(kind, provider):
    """A message of this kind between the municipality and this provider."""
    return message(kind, "0289", provider.code[-1]).replace(b">98980001<", f">{provider.code}<".encode())


def canonical(own):
    """What the first provider has of what the municipality has: minutes of another code for hours of its own."""
    for was, becomes in ((b">45X48<", b">45A48<"), (b"Volume>8<", b"Volume>480<"), (b"Eenheid>04<", b"Eenheid>01<")):
        own = own.replace(was, becomes)
    return own


def play(name, provider, gemeente, questions, expected, dead, zipped, own=b">45A04<", given=lambda body: body):
    """`questions`: what the provider hands in first; `expected`: the tries of each kind, in order; `dead`: what stays undelivered, and why; `own`: the product as
    the municipality calls it; `given`: what the provider is to have of a message."""
    check(f"{name}: the endpoint takes nobody without a certificate", provider.endpoint.takes_nobody_without_certificate())
    for kind in questions:
        provider.party.hand_in(between(kind, provider))
    bodies = {kind: between(kind, provider).replace(b">45A04<", own) for kind in expected}
    ids = {kind: gemeente.hand_in(body) for kind, body in bodies.items()}
    for kind, id in ids.items():
        if kind in dead:
            stopped = until(f"{name}: {kind} becomes a dead letter", lambda: provider.party.stopped().get(id))
            check(f"{name}: {kind} is a dead letter with the reason that Prism gave", stopped == ("dead", dead[kind], expected[kind]), stopped)
            check(f"{name}: {kind} stays in the mailbox", gemeente.state(id) == "waiting", gemeente.state(id))
        else:
            state = until(f"{name}: {kind} is delivered", lambda: (gemeente.state(id) != "waiting") and gemeente.state(id))
            check(f"{name}: {kind} is delivered", state == "acknowledged", state)
    for kind, tries in expected.items():
        came = provider.tries(kind)
        check(f"{name}: {kind} came {tries} times, the same each time", len(came) == tries and len({one.body for one in came}) == 1, len(came))
        check(f"{name}: {kind} is in it byte for byte", all(content_of(one, zipped) == given(bodies[kind]) for one in came))
        codes = [came[0].metadata["routeringgegevens"][of] for of in ("afzender", "geadresseerden")]
        parties = (codes[0]["code"], [one["code"] for one in codes[1]])
        check(f"{name}: {kind} says from whom and to whom it is", parties == ("0289", [provider.code]), parties)
    numbers = {one.metadata["referentiegegevens"]["traceerId"] for one in provider.came}
    check(f"{name}: each has a number of its own", len(numbers) == len(expected), numbers)
    answers = {one.bericht for one in provider.came if "alsAntwoordOp" in one.metadata["referentiegegevens"]}
    check(f"{name}: answers name what they answer", answers == {"JW306", "JW325"} & set(expected), answers)
    check(f"{name}: Prism finds nothing wrong in {len(provider.came)} pushes", not provider.wrong, provider.wrong)


def prism_sees(prism, push):
    """That it finds nothing says something only if it finds what is there: the same push with mistakes."""
    without = copy.deepcopy(push.metadata)
    del without["referentiegegevens"]["traceerId"]
    long = copy.deepcopy(push.metadata)
    long["routeringgegevens"]["berichtstroom"]["actie"] = "a" * 61
    for what, metadata in (("a push without number", without), ("an actie that is too long", long), ("a field that is unknown", push.metadata | {"extra": 1})):
        status, _, violations = prism.asked(METADATA, "application/json", json.dumps(metadata))
        check(f"Prism refuses {what}", status == 422 and violations, status)
    media = f'{FORM}; boundary="b"'
    part = '--b\r\nContent-Disposition: form-data; name="berichtMetadata"\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--\r\n'
    status, _, violations = prism.asked("/berichten", media, part)
    check("Prism refuses a push without payload", status == 422 and violations, status)


def main():
    with open(os.environ["DESCRIPTION"], encoding="utf-8") as file:
        description = json.load(file)
    with open(os.environ["OURS"], encoding="utf-8") as file:
        check("our description of the push says what the published one says", meant(json.load(file)) == meant(description))
    *ports, at = (int(port) for port in os.environ["PORTS"].split())
    prism = Prism(description, at)
    try:
        until("Prism listens", prism.listens)
        gemeente = Party("gemeente")
        packed = Provider(prism, description, "aanbieder", "98980001", ports[0], {"JW319": [503], "JW306": [422], "JW325": [503, 400]})
        expected = {"JW301": 1, "JW319": 2, "JW306": 1, "JW325": 2}
        play("zip", packed, gemeente, ["JW305", "JW323"], expected, {"JW306": "http-422", "JW325": "http-400"}, True, b">45X48<", canonical)
        plain = Provider(prism, description, "aanbieder-b", "98980002", ports[1], {})
        play("xml", plain, gemeente, ["JW305"], {"JW301": 1, "JW306": 1}, {}, False)
        prism_sees(prism, plain.came[0])
    finally:
        prism.process.terminate()
        prism.process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
