#!/usr/bin/env python3
"""The gateway's SOAP client against endpoints of two municipalities that are not ours: each envelope is held against the schema and the description of its
version, and answered with Bv03, Fo03, nothing, something else. What the gateway says of each message afterwards must be what the answers mean.

Surroundings: those of `surroundings`, SCHEMAS: a folder with the published descriptions or with ours, PORTS: of the two endpoints. Ends with 0 when all came
out as it should.
"""
import base64
import copy
import os
import sys
import uuid
from datetime import datetime

from lxml import etree

from surroundings import Endpoint, Party, check, failed, message, until

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
STUF = "http://www.egem.nl/StUF/StUF0301"
GGK0210 = "http://www.stufstandaarden.nl/koppelvlak/ggk0210"
GGK0310 = "http://www.stufstandaarden.nl/sectormodel/ggk/0210"
WSDL = {"w": "http://schemas.xmlsoap.org/wsdl/", "s": "http://schemas.xmlsoap.org/wsdl/soap/"}
OIN = "00000099000000001000"
PATH = "/ggk/OntvangAsynchroon"
AANBIEDER = "98980001"


def first_of(*names):
    """The first of these files of SCHEMAS that is there: the published one, or ours."""
    paths = [os.path.join(os.environ["SCHEMAS"], name) for name in names]
    return next(path for path in paths if os.path.exists(path))


class Version:
    """A version of the GGk as its files describe it."""

    def __init__(self, namespace, schema, description):
        self.namespace = namespace
        self.schema = etree.XMLSchema(etree.parse(schema))
        # The action by the element that its operation takes, all but Fo01 through messages of the same file.
        wsdl = etree.parse(description)
        actions = {
            operation.get("name"): operation.find("s:operation", WSDL).get("soapAction")
            for operation in wsdl.findall(".//w:binding/w:operation", WSDL)
        }
        self.actions = {f"{{{STUF}}}Fo01Bericht": actions["Fo01"]}
        for name in ("ggk_Di01", "ggk_Du01"):
            part = wsdl.find(f".//w:message[@name='{name}']/w:part", WSDL)
            self.actions[f"{{{namespace}}}{part.get('element').split(':')[1]}"] = actions[name]


VERSIONS = {
    "ggk0210": Version(
        GGK0210,
        first_of("ggk0210/ggkberichten/ggk0210_msg_ggkberichten.xsd", "ggk0210.xsd"),
        first_of("ggk0210/ggkberichten/ggk0210_OntvangAsynchroon_ggkberichten.wsdl", "ggk0210.wsdl"),
    ),
    "ggk0310": Version(
        GGK0310,
        first_of("ggk0310_21/ggkberichten/ggk0310_msg.xsd", "ggk0310.xsd"),
        first_of("ggk0310_21/ggkberichten/ggk0310_OntvangAsynchroon.wsdl", "ggk0310.wsdl"),
    ),
}


class Came:
    """One message as it came in, read and held against its version; `wrong` lists what is not as described."""

    def __init__(self, request, version):
        self.body, self.wrong = request.body, []

        def must(what, is_so):
            if not is_so:
                self.wrong.append(what)

        must("the certificate is that of the gateway", request.oin == OIN)
        must("it is posted to the path of the register", (request.method, request.path) == ("POST", PATH))
        media = request.headers.get("Content-Type", "").lower().replace(" ", "").replace('"', "")
        must("it says that it is XML in UTF-8", media == "text/xml;charset=utf-8")
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(request.body, parser)
        must("it is a SOAP 1.1 envelope", root.tag == f"{{{SOAP}}}Envelope")
        [body] = root.findall(f"{{{SOAP}}}Body")
        [self.element] = body
        must("it has its action", request.headers.get("SOAPAction") == f'"{version.actions.get(self.element.tag)}"')
        # The schema is asked of the document as it is after the envelope was taken off.
        self.element = etree.fromstring(etree.tostring(self.element), parser)
        if not version.schema.validate(self.element):
            self.wrong += [str(error) for error in version.schema.error_log]
        self.code = self.text("berichtcode")
        self.number = self.text("referentienummer")
        self.answers = self.text("crossRefnummer")
        self.functie = self.text("functie") or self.code
        content = self.element.findtext(f".//{{{version.namespace}}}xmlBestand") or self.element.findtext(f".//{{{version.namespace}}}bericht")
        self.content = base64.b64decode(content) if content else b""

    def text(self, name, part="stuurgegevens"):
        return self.element.findtext(f"{{*}}{part}/{{{STUF}}}{name}")


def stuurgegevens(code, came, number=None):
    """The routing part of an answer: zender and ontvanger changed places."""
    sides = []
    for side, of in (("zender", "ontvanger"), ("ontvanger", "zender")):
        copied = came.element.find(f"{{*}}stuurgegevens/{{{STUF}}}{of}")
        inside = "".join(f"<S:{etree.QName(one).localname}>{one.text}</S:{etree.QName(one).localname}>" for one in copied)
        sides.append(f"<S:{side}>{inside}</S:{side}>")
    return (
        f"<S:stuurgegevens><S:berichtcode>{code}</S:berichtcode>{''.join(sides)}<S:referentienummer>{uuid.uuid4()}</S:referentienummer>"
        f"<S:tijdstipBericht>{datetime.now():%Y%m%d%H%M%S}</S:tijdstipBericht><S:crossRefnummer>{number or came.number}</S:crossRefnummer></S:stuurgegevens>"
    )


def soap(status, content):
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{SOAP}"><s:Body>{content}</s:Body></s:Envelope>'
    return status, {"Content-Type": "text/xml; charset=utf-8"}, text.encode()


def bv03(came, number=None):
    return soap(200, f'<S:Bv03Bericht xmlns:S="{STUF}">{stuurgegevens("Bv03", came, number)}</S:Bv03Bericht>')


def bv03_of_another(came):
    return bv03(came, str(uuid.uuid4()))


def fo03(code, plek):
    def answer(came):
        fault = (
            f'<S:Fo03Bericht xmlns:S="{STUF}">{stuurgegevens("Fo03", came)}<S:body><S:code>{code}</S:code><S:plek>{plek}</S:plek>'
            "<S:omschrijving>Zo besloten door het endpoint</S:omschrijving></S:body></S:Fo03Bericht>"
        )
        side = "Client" if plek == "client" else "Server"
        return soap(500, f"<s:Fault><faultcode>s:{side}</faultcode><faultstring>{code}</faultstring><detail>{fault}</detail></s:Fault>")

    return answer


def bare_fault(_):
    return soap(500, "<s:Fault><faultcode>s:Server</faultcode><faultstring>Storing</faultstring></s:Fault>")


def empty(status):
    return lambda _: (status, {}, b"")


class Municipality:
    """A municipality with an endpoint: it answers what it is brought by `script`, the answers to each functie in turn and then Bv03."""

    def __init__(self, party, code, version, port, script):
        self.code, self.version, self.script, self.came = code, VERSIONS[version], script, []
        self.party = Party(party)
        self.endpoint = Endpoint(port, self.answer)

    def answer(self, request):
        came = Came(request, self.version)
        came.wrong += self.wrong_with_answers(came)
        earlier = sum(one.functie == came.functie for one in self.came)
        self.came.append(came)
        turns = self.script.get(came.functie, [])
        return (turns[earlier] if earlier < len(turns) else bv03)(came)

    def wrong_with_answers(self, came):
        """An answer of ours that breaks the schema would prove nothing."""
        made = [bv03(came), fo03("StUF046", "server")(came)]
        elements = [etree.fromstring(content).find(f".//{{{STUF}}}{name}") for (_, _, content), name in zip(made, ("Bv03Bericht", "Fo03Bericht"))]
        whole = [etree.fromstring(etree.tostring(element)) for element in elements]
        return [f"our own answer: {error}" for element in whole if not self.version.schema.validate(element) for error in self.version.schema.error_log]

    def tries(self, functie):
        return [one for one in self.came if one.functie == functie]


def refused_over_the_door(municipality):
    """Hands in, over SOAP, a message of this municipality whose content breaks its schema: Bv03 now, an Fo01 afterwards. Gives its number."""
    number = str(uuid.uuid4())
    content = base64.b64encode(message("JW301", municipality.code, "", Identificatie=uuid.uuid4().hex[:12], Ingangsdatum="februari")).decode()
    letter = (
        f'<G:envelopHeenbericht-ggk_Di01 xmlns:G="{GGK0210}" xmlns:S="{STUF}"><G:stuurgegevens><S:berichtcode>Di01</S:berichtcode>'
        f"<S:zender><S:organisatie>{municipality.code}</S:organisatie><S:applicatie>Jeugd Applicatie</S:applicatie></S:zender>"
        f"<S:ontvanger><S:organisatie>{AANBIEDER}</S:organisatie><S:applicatie>GGk</S:applicatie></S:ontvanger>"
        f"<S:referentienummer>{number}</S:referentienummer><S:tijdstipBericht>20260301100000</S:tijdstipBericht><S:functie>JW301</S:functie></G:stuurgegevens>"
        "<G:parameters><G:applicatieVersie>0001</G:applicatieVersie><G:applicatieSubversie>0000</G:applicatieSubversie>"
        "<G:functieVersie>0003</G:functieVersie><G:functieSubversie>0002</G:functieSubversie>"
        f"<G:bericht><G:xmlBestand>{content}</G:xmlBestand></G:bericht></G:parameters></G:envelopHeenbericht-ggk_Di01>"
    )
    status, _, body = soap(200, letter)
    status, answer = municipality.party.call("POST", PATH, body, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'})
    assert status == 200, (status, answer)
    return number


def play(name, municipality, aanbieder, expected, dead, fo01_tries, codes=("45A04", "45A04")):
    """`expected`: the tries of each functie, in the order in which messages are handed in; `dead`: what stays undelivered, and why; `codes`: of the product, as
    the municipality and the provider call it."""
    own, canonical = (f">{code}<".encode() for code in codes)
    mark = municipality.code[-1]
    check(f"{name}: the endpoint takes nobody without a certificate", municipality.endpoint.takes_nobody_without_certificate())
    question = message("JW301", municipality.code, mark).replace(b">45A04<", own)
    asked = municipality.party.hand_in(question)
    number = refused_over_the_door(municipality)
    bodies = {functie: message(functie, municipality.code, mark).replace(b">45A04<", own) for functie in expected}
    ids = {functie: aanbieder.hand_in(body.replace(own, canonical)) for functie, body in bodies.items()}
    for functie, id in ids.items():
        if functie in dead:
            stopped = until(f"{name}: {functie} becomes a dead letter", lambda: municipality.party.stopped().get(id))
            check(f"{name}: {functie} is a dead letter with the reason that the endpoint gave", stopped == ("dead", dead[functie], expected[functie]), stopped)
            check(f"{name}: {functie} stays in the mailbox", aanbieder.state(id) == "waiting", aanbieder.state(id))
        else:
            state = until(f"{name}: {functie} is delivered", lambda: (aanbieder.state(id) != "waiting") and aanbieder.state(id))
            check(f"{name}: {functie} is delivered", state == "acknowledged", state)
    until(f"{name}: the Fo01 comes", lambda: len(municipality.tries("Fo01")) >= fo01_tries)
    until(f"{name}: nobody is to be told of the refusal any more", lambda: not municipality.party.get("/v1/weigeringen")["refused"])
    for functie, tries in expected.items():
        came = municipality.tries(functie)
        check(f"{name}: {functie} came {tries} times, the same each time", len(came) == tries and len({one.body for one in came}) == 1, len(came))
        check(f"{name}: {functie} is in it byte for byte", all(one.content == bodies[functie] for one in came))
    first_seen = list(dict.fromkeys(one.functie for one in municipality.came if one.functie != "Fo01"))
    check(f"{name}: they came in the order in which they were handed in", first_seen == list(expected), first_seen)
    du01 = municipality.tries("JW302")
    sent = municipality.party.get(f"/v1/berichten/{asked}")
    check(f"{name}: JW302 is a Du01 to a message, the others are Di01", {one.code for one in du01} == {"Du01"} and all(one.answers for one in du01))
    others = {one.code for one in municipality.came if one.functie not in ("JW302", "Fo01")}
    check(f"{name}: the others are Di01", others == {"Di01"}, others)
    check(f"{name}: the question is answered", sent["state"] == "answered", sent["state"])
    told = municipality.tries("Fo01")
    check(f"{name}: the Fo01 names the refused message and says IB014", {(one.answers, one.text("code", "body")) for one in told} == {(number, "IB014")})
    check(f"{name}: the Fo01 came {fo01_tries} times, the same each time", len(told) == fo01_tries and len({one.body for one in told}) == 1, len(told))
    schema_sees(name, municipality)
    wrong = [f"{one.functie}: {what}" for one in municipality.came for what in one.wrong]
    check(f"{name}: all {len(municipality.came)} envelopes are as the schema and the description say", not wrong, wrong)


def schema_sees(name, municipality):
    """That it finds nothing says something only if it finds what is there: the same envelopes with a mistake."""
    for came in {one.functie: one for one in municipality.came}.values():
        broken = copy.deepcopy(came.element)
        routing = broken.find("{*}stuurgegevens")
        routing.remove(routing.find(f"{{{STUF}}}tijdstipBericht"))
        check(f"{name}: the schema refuses {came.functie} without tijdstipBericht", not municipality.version.schema.validate(broken))


def main():
    ports = [int(port) for port in os.environ["PORTS"].split()]
    aanbieder = Party("aanbieder")
    strict = Municipality(
        "gemeente",
        "0289",
        "ggk0210",
        ports[0],
        {
            "JW307": [fo03("StUF046", "server")],
            "JW315": [fo03("StUF010", "client")],
            "JW317": [empty(200)],
            "JW323": [bv03_of_another, empty(202)],
            "JW302": [bare_fault],
            "Fo01": [fo03("StUF046", "server")],
        },
    )
    expected = {"JW305": 1, "JW307": 2, "JW315": 1, "JW317": 2, "JW323": 3, "JW302": 2}
    # Between these two products are translated: each has its own code for what the other one says.
    play("ggk0210", strict, aanbieder, expected, {"JW315": "StUF010"}, 2, ("45X48", "45A48"))
    # As adapters do: an answer without content is "I have it".
    lenient = Municipality(
        "gemeente-b",
        "0344",
        "ggk0310",
        ports[1],
        {"JW305": [empty(200)], "JW307": [empty(202)], "JW302": [fo03("StUF034", "client")], "Fo01": [empty(200)]},
    )
    play("ggk0310", lenient, aanbieder, {"JW305": 1, "JW307": 1, "JW323": 1, "JW302": 1}, {"JW302": "StUF034"}, 1)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
